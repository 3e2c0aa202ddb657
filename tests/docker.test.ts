import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { connectDocker } from '../runtimes/docker-connect.ts'
import { DOCKER_SKIPPED, dockerForTests, importPrograms, type TestDocker } from './docker.ts'
import { api, smallRequest, startTestService, type TestService } from './service.ts'

const IMAGE = 'redline-llama-server:test'

describe.skipIf(DOCKER_SKIPPED)('engines in containers', () => {
  let docker: TestDocker
  let service: TestService
  let calls: ReturnType<typeof api>

  beforeAll(async () => {
    docker = await dockerForTests()
    await importPrograms(docker.host, IMAGE, inject('llamaServer'))
    service = await startTestService({ DOCKER_HOST: docker.host })
    calls = api(service)
  })
  afterAll(async () => {
    await service.remove()
    await docker.stop()
  })

  /** The containers of the service's engines, ended ones too. */
  const containers = () =>
    connectDocker(docker.host).calls.listContainers({
      all: true,
      filters: { label: [`redline.owner=${service.home}/engines/${hostname()}`] },
    })
  const runtime = { kind: 'docker' as const, image: IMAGE, program: inject('llamaServer'), memory: '1GiB' }
  /** Waits until an experiment that the condition accepts is measured, and returns its number. */
  const measuring = async (id: string, wanted: (experiment: number) => boolean): Promise<number> => {
    const { event } = await calls.event(
      id,
      (event) => event.type === 'experiment.stage' && event.stage === 'measuring' && wanted(event.experiment),
    )
    return 'experiment' in event ? (event.experiment ?? -1) : -1
  }

  test('a tuning outlives a container killed from outside, one over its memory limit and the end of its worker', async () => {
    const request = smallRequest({
      name: 'containers',
      runtime,
      engine: { kind: 'llama.cpp', model: 'gemma-3-270m', args: { threads: 1, swa_full: true } },
      // The last of these needs gibibytes for its KV cache, which no estimate sees before the start: it counts windows.
      space: { ctx_size: { type: 'ordinal', choices: [1024, 1536, 2048, 3072, 4096, 131_072] } },
      rules: [],
      budget: { experiments: 6 },
      confirmation: { pairs: 0 },
    })
    const { id } = await calls.start(request)

    await measuring(id, (experiment) => experiment === 0)
    const [killed] = await containers()
    await connectDocker(docker.host)
      .calls.getContainer(killed?.Id ?? '')
      .kill()

    const adopted = await measuring(id, (experiment) => experiment > 0)
    const before = await containers()
    await service.kill()
    expect((await containers()).map(({ Id, State }) => [Id, State])).toEqual([[before[0]?.Id, 'running']])
    await service.start()

    const events = await calls.finished(id)
    const experiments = await calls.experiments(id)
    const overLimit = experiments.find(({ configuration }) => configuration.ctx_size === 131_072)
    expect(overLimit).toMatchObject({
      state: 'failed',
      attempt: 1,
      result: { status: 'failed', diagnosis: { kind: 'out_of_memory', signal: 'SIGKILL' } },
    })
    const others = experiments.filter((experiment) => experiment !== overLimit)
    expect(others.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'completed'))
    // Killed from outside, it was started again; taken over by the next worker, it was not.
    expect(experiments[0]?.attempt).toBe(2)
    expect(experiments[adopted]?.attempt).toBe(1)

    const image = await connectDocker(docker.host).calls.getImage(IMAGE).inspect()
    expect(experiments[0]?.conditions).toMatchObject({
      imageDigest: image.Id,
      command: expect.arrayContaining([inject('llamaServer'), '0.0.0.0']),
    })
    expect(events.at(-1)?.event).toMatchObject({ type: 'tuning.state', state: 'completed' })
    expect(await containers()).toEqual([])
  })

  test('stopped in the middle of a measurement, the service leaves no container', async () => {
    const { id } = await calls.start(smallRequest({ name: 'stopped', runtime, budget: { experiments: 1 } }))
    await measuring(id, () => true)
    expect(await containers()).toHaveLength(1)
    await service.stop()
    expect(await containers()).toEqual([])
    await service.start()
    await calls.act(id, 'cancel')
    await calls.finished(id)
    expect(await containers()).toEqual([])
  })

  test('an image that is not there fails the tuning with its name, and is not tried over and over', async () => {
    const { id } = await calls.start(
      smallRequest({
        name: 'no image',
        runtime: { ...runtime, image: 'no/such:image', pull: 'never' },
        budget: { experiments: 1 },
      }),
    )
    await calls.finished(id)
    expect((await calls.experiments(id))[0]).toMatchObject({
      state: 'failed',
      attempt: 1,
      result: {
        diagnosis: { kind: 'image_missing', summary: expect.stringContaining('no/such:image') },
      },
    })
  })
})
