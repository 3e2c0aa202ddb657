import { createServer } from 'node:http'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { DOCKER_SKIPPED, dockerForTests, type TestDocker } from '../tests/docker.ts'
import { temporaryFolder } from '../tests/folder.ts'
import { startRegistry, type TestRegistry } from '../tests/registry.ts'
import { connectDocker, type DockerEngine } from './docker-connect.ts'
import { ensureImage, withTag } from './docker-image.ts'
import { freePort } from './ports.ts'

test.each([
  ['vllm/vllm-openai', 'vllm/vllm-openai:latest'],
  ['vllm/vllm-openai:v0.11.0', 'vllm/vllm-openai:v0.11.0'],
  ['registry:5000/engine', 'registry:5000/engine:latest'],
  ['engine@sha256:abc', 'engine@sha256:abc'],
])('an image without a tag is the latest: %s', (image, full) => expect(withTag(image)).toBe(full))

describe.skipIf(DOCKER_SKIPPED)('a pull', () => {
  let docker: TestDocker
  let registry: TestRegistry
  let engine: DockerEngine

  beforeAll(async () => {
    docker = await dockerForTests()
    registry = await startRegistry({ program: process.execPath })
    engine = connectDocker(docker.host)
  })
  afterAll(async () => {
    await registry.stop()
    await docker.stop()
  })

  const pull = (image: string, options: Partial<Parameters<typeof ensureImage>[1]> = {}) =>
    ensureImage(engine, { image, pull: 'missing', ...options })

  test('gets the image, tells how far it is and gives the digest of the registry', async () => {
    const image = `${registry.address}/engine:1`
    const told: string[] = []
    const digest = await pull(image, { onProgress: (text) => told.push(text) })
    expect(digest).toBe(`${registry.address}/engine@${registry.digest}`)
    expect(told[0]).toBe(`pulling ${image}`)
    expect(told).toContainEqual(expect.stringMatching(/: \d+% of \d+ MiB$/))
    expect(told).toEqual([...new Set(told)])

    const again: string[] = []
    expect(await pull(image, { onProgress: (text) => again.push(text) })).toBe(digest)
    expect(again).toEqual([])
    expect(await pull(image, { pull: 'always', onProgress: (text) => again.push(text) })).toBe(digest)
    expect(again).not.toEqual([])
  })

  test.each(['engine:2', 'nothing:1'])('of an image that is not there says so: %s', async (name) => {
    await expect(pull(`${registry.address}/${name}`)).rejects.toMatchObject({
      name: 'StartError',
      kind: 'image_missing',
    })
  })

  test('from a registry that asks for a login says so, and succeeds after docker login', async () => {
    const closed = await startRegistry({ program: process.execPath, isPrivate: true })
    const image = `${closed.address}/engine:1`
    await expect(pull(image)).rejects.toMatchObject({ name: 'StartError', kind: 'login_required' })
    const folder = await temporaryFolder()
    vi.stubEnv('DOCKER_CONFIG', folder)
    const auth = Buffer.from('user:secret').toString('base64')
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [closed.address]: { auth } } }))
    expect(await pull(image)).toBe(`${closed.address}/engine@${closed.digest}`)
    vi.unstubAllEnvs()
    await closed.stop()
  })

  test('from a registry that is away fails in a way that may pass', async () => {
    await expect(pull(`127.0.0.1:${await freePort()}/engine:1`)).rejects.not.toHaveProperty('kind')
  })

  test('ends when it is no longer wanted', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const unwanted = new AbortController()
    const pulling = pull(`127.0.0.1:${port}/engine:1`, { signal: unwanted.signal })
    const asked = once(silent, 'request')
    await asked
    unwanted.abort(new Error('no longer wanted'))
    await expect(pulling).rejects.toThrow('no longer wanted')
    silent.closeAllConnections()
    silent.close()
  })
})

test('a Docker engine that is not there is an error of its own', async () => {
  const folder = await temporaryFolder()
  const away = connectDocker(`unix://${join(folder, 'docker.sock')}`)
  await expect(ensureImage(away, { image: 'engine:1', pull: 'missing' })).rejects.toMatchObject({
    name: 'DockerAwayError',
  })
})
