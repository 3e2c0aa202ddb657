import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { loginFor, registryOf } from './docker-login.ts'

let folder: string

beforeEach(async () => {
  folder = await temporaryFolder()
  vi.stubEnv('DOCKER_CONFIG', folder)
})
afterEach(() => void vi.unstubAllEnvs())

const write = (config: object) => writeFile(join(folder, 'config.json'), JSON.stringify(config))

test.each([
  ['vllm/vllm-openai:v0.11.0', 'https://index.docker.io/v1/'],
  ['engine', 'https://index.docker.io/v1/'],
  ['nvcr.io/nvidia/tritonserver:25.01', 'nvcr.io'],
  ['localhost/engine', 'localhost'],
  ['registry:5000/team/engine@sha256:abc', 'registry:5000'],
])('the registry of %s is %s', (image, registry) => expect(registryOf(image)).toBe(registry))

test('what docker login wrote to its file is used for that registry alone; a password may hold colons', async () => {
  await write({ auths: { 'nvcr.io': { auth: Buffer.from('$oauthtoken:a:b').toString('base64') } } })
  expect(await loginFor('nvcr.io/nvidia/tritonserver:25.01')).toEqual({
    serveraddress: 'nvcr.io',
    username: '$oauthtoken',
    password: 'a:b',
  })
  expect(await loginFor('other.io/engine')).toBeNull()
})

test('a credential helper is asked, and may answer with a token', async () => {
  const program = join(folder, 'docker-credential-test')
  await writeFile(
    program,
    '#!/bin/sh\nread server\necho "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"for $server\\"}"\n',
  )
  await chmod(program, 0o755)
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  await write({ credHelpers: { 'ghcr.io': 'test' } })
  expect(await loginFor('ghcr.io/team/engine')).toEqual({
    serveraddress: 'ghcr.io',
    identitytoken: 'for ghcr.io',
  })
  await write({ credsStore: 'not-installed' })
  expect(await loginFor('ghcr.io/team/engine')).toBeNull()
})

test('without a file, or with a broken one, there is no login', async () => {
  expect(await loginFor('nvcr.io/nvidia/tritonserver')).toBeNull()
  await writeFile(join(folder, 'config.json'), '{')
  expect(await loginFor('nvcr.io/nvidia/tritonserver')).toBeNull()
})
