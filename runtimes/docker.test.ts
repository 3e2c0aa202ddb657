import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DOCKER_SKIPPED, dockerForTests, importPrograms, type TestDocker } from '../tests/docker.ts'
import { temporaryFolder } from '../tests/folder.ts'
import { STAND_IN, ask, cpu, endOf, runtimeSuite } from './conformance.ts'
import { connectDocker } from './docker-connect.ts'
import { containerName } from './docker-container.ts'
import { diagnoseExit } from './diagnose-exit.ts'
import { dockerRuntime } from './docker.ts'
import type { Runtime, StartRequest } from './runtime.ts'

const IMAGE = 'redline-stand-in:test'

describe.skipIf(DOCKER_SKIPPED)('Docker', () => {
  let docker: TestDocker
  let folder: string
  let runtime: Runtime

  beforeAll(async () => {
    docker = await dockerForTests()
    await importPrograms(docker.host, IMAGE, process.execPath, '/bin/sh')
  })
  afterAll(() => docker.stop())
  beforeEach(async () => {
    folder = await temporaryFolder()
    runtime = make()
  })
  afterEach(async () => {
    for (const key of await runtime.list()) await runtime.stop(key)
  })

  const make = () =>
    dockerRuntime({
      folder,
      owner: folder,
      mountable: [join(folder, 'allowed')],
      dockerHost: docker.host,
    })
  type DockerSpec = Extract<StartRequest['spec'], { kind: 'docker' }>
  const spec = (change: Partial<DockerSpec> = {}): DockerSpec => ({
    kind: 'docker',
    image: IMAGE,
    pull: 'missing',
    volumes: [],
    ...change,
  })
  const start = (change: Partial<DockerSpec> = {}, request: Partial<StartRequest> = {}) =>
    runtime.start({
      key: 'a-1-1',
      spec: spec(change),
      program: process.execPath,
      args: ({ host, port }) => ['-e', STAND_IN, String(port), host],
      env: {},
      devices: [],
      files: [],
      ...request,
    })
  const serving = async (...change: Parameters<typeof start>) => {
    const instance = await start(...change)
    await expect.poll(() => ask(instance, '')).toBe('ok')
    return instance
  }
  const shell = (script: string, change: Partial<DockerSpec> = {}, request: Partial<StartRequest> = {}) =>
    start(change, { program: '/bin/sh', args: () => ['-c', script], ...request })
  const log = async () => (await runtime.readLog('a-1-1', 0, 100_000)).toString()
  const container = (key = 'a-1-1') =>
    connectDocker(docker.host).calls.getContainer(containerName(folder, key))
  const ended = () => endOf(runtime, 'a-1-1')

  runtimeSuite('containers', async () => ({ make, spec: spec() }), { starts: true })

  test('an engine that goes over its memory limit is seen to be out of memory', async () => {
    const instance = await serving({ memory: '128MiB' })
    await ask(instance, '/hoard')
    const exit = await ended()
    expect(exit).toEqual({ exitCode: null, signal: 'SIGKILL', outOfMemory: true })
    expect(exit && diagnoseExit(exit, [])).toMatchObject({ kind: 'out_of_memory' })
  })

  test('a container killed from outside is not taken for one out of memory', async () => {
    await serving({ memory: '512MiB' })
    await container().kill()
    expect(await ended()).toEqual({ exitCode: null, signal: 'SIGKILL', outOfMemory: false })
  })

  test('limits, labels and the lack of privileges are what Docker was told', async () => {
    await serving({ memory: '256MiB', sharedMemory: '128MiB' }, { devices: [cpu('0')] })
    const { HostConfig: host, Config: config, NetworkSettings: network } = await container().inspect()
    expect(host).toMatchObject({
      Memory: 256 * 2 ** 20,
      MemorySwap: 256 * 2 ** 20,
      ShmSize: 128 * 2 ** 20,
      CpusetCpus: '0',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '32m', 'max-file': '4' } },
    })
    expect(config.Labels).toMatchObject({ 'redline.key': 'a-1-1', 'redline.owner': folder })
    expect(network.Ports).toMatchObject({ '8000/tcp': [{ HostIp: '127.0.0.1' }] })
  })

  test('the record says which image it was and in which container it ran', async () => {
    const { container: details } = await start()
    const image = await connectDocker(docker.host).calls.getImage(IMAGE).inspect()
    expect(details).toEqual({
      id: (await container().inspect()).Id,
      image: IMAGE,
      digest: image.Id,
      health: null,
    })
  })

  test('a container that was created and never started is started by the next try', async () => {
    await start()
    await container().stop({ t: 0 })
    const { Config } = await container().inspect()
    await container().remove()
    await connectDocker(docker.host).calls.createContainer({
      ...Config,
      name: containerName(folder, 'a-1-1'),
    })
    expect(await runtime.find('a-1-1')).toBeNull()
    expect(await runtime.list()).toEqual(['a-1-1'])
    expect((await start()).running).toBe(true)
  })

  test('a container that was created and never started is removed as an orphan', async () => {
    await connectDocker(docker.host).calls.createContainer({
      name: containerName(folder, 'a-1-1'),
      Image: IMAGE,
      Cmd: ['true'],
      Labels: { 'redline.key': 'a-1-1', 'redline.owner': folder },
    })
    for (const key of await runtime.list()) await runtime.stop(key)
    expect(await runtime.list()).toEqual([])
  })

  test('a container that is frozen is stopped all the same', async () => {
    await serving()
    await container().pause()
    expect((await runtime.find('a-1-1'))?.running).toBe(true)
    await runtime.stop('a-1-1')
    expect(await runtime.list()).toEqual([])
  })

  test('a container that went over its log limit has its beginning in the log still, and its end', async () => {
    const line = 'x'.repeat(999)
    const script = `process.stdout.write('first\\n'); for (let i = 0; i < 20000; i++) console.log('${line}'); console.log('last')`
    await start({}, { args: () => ['-e', script] })
    await ended()
    const head = 16 * 2 ** 20
    expect((await runtime.readLog('a-1-1', 0, 10)).toString()).toBe('first\nxxxx')
    expect((await runtime.readLog('a-1-1', head - 10, 100)).length).toBe(10)
    expect((await runtime.readLog('a-1-1', -5, 5)).toString()).toBe('last\n')
    expect((await make().readLog('a-1-1', head - 10, 100)).length).toBe(10)
  })

  test('containers of other services are left alone', async () => {
    const other = dockerRuntime({ folder, owner: 'another', mountable: [], dockerHost: docker.host })
    await start()
    expect(await other.list()).toEqual([])
    expect(await other.find('a-1-1')).toBeNull()
    await other.stop('a-1-1')
    expect((await runtime.find('a-1-1'))?.running).toBe(true)
  })

  test('a container that exits at once is found ended, with all that it said', async () => {
    await shell('echo bad flag >&2; exit 3')
    expect(await ended()).toMatchObject({ exitCode: 3, signal: null })
    expect(await log()).toBe('bad flag\n')
    expect((await runtime.readLog('a-1-1', -1000, 1000)).toString()).toBe('bad flag\n')
  })

  test('a log of many pieces is read whole, by a worker that comes back too', async () => {
    await shell('i=0; while [ $i -lt 5000 ]; do echo line $i; echo other $i >&2; i=$((i+1)); done')
    await ended()
    const all = (await runtime.readLog('a-1-1', 0, 1_000_000)).toString()
    expect(all.match(/^line \d+$/gm)).toHaveLength(5000)
    expect(all.match(/^other \d+$/gm)).toHaveLength(5000)
    expect((await make().readLog('a-1-1', 0, 1_000_000)).toString()).toBe(all)
    expect(all.endsWith((await runtime.readLog('a-1-1', -1000, 1000)).toString())).toBe(true)
  })

  test('files of the request are at their own paths, for reading only', async () => {
    const model = join(folder, 'allowed', 'model.gguf')
    await mkdir(join(folder, 'allowed'))
    await writeFile(model, 'weights')
    await shell(`read line < ${model}; echo "$line" >&2; echo more > ${model}`, {}, { files: [model] })
    await ended()
    expect(await log()).toMatch(/^weights\n.*Read-only file system/s)
  })

  test('volumes are mounted where the request says, and writable only when it says so', async () => {
    const allowed = join(folder, 'allowed')
    await mkdir(allowed)
    const volumes = [
      { host: allowed, container: '/in', writable: false },
      { host: allowed, container: '/out', writable: true },
    ]
    await shell('echo kept > /out/file; read line < /in/file; echo "$line" >&2; echo no > /in/file', {
      volumes,
    })
    await ended()
    expect(await log()).toMatch(/^kept\n.*Read-only file system/s)
  })

  test.each(['/etc', '/var/run', 'link'])('what the host does not allow is not mounted: %s', async (host) => {
    await mkdir(join(folder, 'allowed'))
    await symlink('/etc', join(folder, 'allowed', 'link'))
    const path = host === 'link' ? join(folder, 'allowed', 'link') : host
    const volumes = [{ host: path, container: '/in', writable: false }]
    await expect(start({ volumes })).rejects.toMatchObject({ name: 'StartError', kind: 'not_allowed' })
    await expect(start({}, { files: [path] })).rejects.toMatchObject({ kind: 'not_allowed' })
    expect(await runtime.list()).toEqual([])
  })

  test('an image that is not there and may not be pulled is named', async () => {
    await expect(start({ image: 'no/such:image', pull: 'never' })).rejects.toMatchObject({
      kind: 'image_missing',
      message: expect.stringContaining('no/such:image'),
    })
  })

  test.each(['UPPER/case', 'a b'])('what is no name of an image is named: %s', async (image) => {
    await expect(start({ image })).rejects.toMatchObject({ kind: 'image_missing' })
  })

  test('a GPU that is not there is named, and nothing is left', async () => {
    const gpu = { index: 0, uuid: 'GPU-abc', memoryMib: 80_000 }
    const devices = [{ id: 'gpu-0', kind: 'gpu' as const, name: 'H100', cores: null, gpu }]
    await expect(start({}, { devices })).rejects.toMatchObject({ kind: 'device_missing' })
    expect(await runtime.list()).toEqual([])
  })

  test('cores that are not there are named', async () => {
    await expect(start({}, { devices: [cpu('999')] })).rejects.toMatchObject({ kind: 'device_missing' })
    expect(await runtime.list()).toEqual([])
  })

  test('a program that the image lacks is named', async () => {
    await start({}, { program: '/no/such/program' })
    const exit = await ended()
    const tail = (await log()).split('\n')
    expect(exit && diagnoseExit(exit, tail)).toMatchObject({
      kind: 'not_installed',
      summary: 'the image has no program /no/such/program',
    })
  })

  test('an image that starts nothing by itself needs a program', async () => {
    await expect(start({}, { program: null, args: () => [] })).rejects.toMatchObject({
      kind: 'not_installed',
    })
    expect(await runtime.list()).toEqual([])
  })

  test('a memory limit that Docker refuses is the request’s fault', async () => {
    await expect(start({ memory: '1MiB' })).rejects.toMatchObject({ kind: 'invalid_value' })
  })

  test('without a Docker engine a start fails in a way that may pass, and there is nothing to list', async () => {
    const away = dockerRuntime({
      folder,
      owner: folder,
      mountable: [],
      dockerHost: `unix://${join(folder, 'none')}`,
    })
    await expect(away.find('a-1-1')).rejects.toMatchObject({ name: 'DockerAwayError' })
    await expect(away.stop('a-1-1')).rejects.toMatchObject({ name: 'DockerAwayError' })
    expect(await away.list()).toEqual([])
  })
})
