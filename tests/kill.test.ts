import { afterEach, beforeEach, expect, test } from 'vitest'
import { followTuning } from '../client/follow.ts'
import type { TuningEvent } from '../client/client.ts'
import {
  api,
  engineProcesses,
  serviceProcesses,
  smallRequest,
  startTestService,
  type TestService,
} from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>

beforeEach(async () => {
  service = await startTestService()
  calls = api(service)
})
afterEach(() => service.remove())

test('killed with -9 in the middle of a benchmark and started again, a tuning goes on by itself and loses nothing', async () => {
  const request = smallRequest({ name: 'killed', budget: { experiments: 3 }, confirmation: { pairs: 0 } })
  request.workload.duration = '5s'
  const { id } = await calls.start(request)

  // A client that watches all the while, over the kill.
  const seen: TuningEvent[] = []
  const ended = new Promise<void>((resolve) =>
    followTuning(service.url, id, {
      onEvent: (event) => seen.push(event),
      onLive: () => undefined,
      onEnd: resolve,
    }),
  )

  await calls.event(
    id,
    (event) => event.type === 'experiment.stage' && event.experiment === 1 && event.stage === 'measuring',
  )
  const [engine] = engineProcesses(service.home)
  await service.kill()
  expect(engineProcesses(service.home).map(({ pid }) => pid)).toEqual([engine?.pid])

  await service.start()
  await ended
  const experiments = await calls.experiments(id)
  expect(experiments.map(({ number }) => number)).toEqual([0, 1, 2, 3])
  expect(experiments.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed', 'completed'])
  // The engine outlived the kill and was taken over: the measurement was repeated, not the start.
  expect(experiments[1]?.attempt).toBe(1)
  expect(await calls.read(id)).toMatchObject({
    state: 'completed',
    experiments: { planned: 4, completed: 4, failed: 0 },
  })

  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1))
  const finished = seen.flatMap(({ event }) =>
    event.type === 'experiment.finished' ? [event.experiment] : [],
  )
  expect(finished).toEqual([0, 1, 2, 3])

  expect(engineProcesses(service.home)).toEqual([])
})

test('stopped in order in the middle of a benchmark, it leaves no process and goes on at the next start', async () => {
  const { id } = await calls.start(
    smallRequest({ name: 'stopped', budget: { experiments: 1 }, confirmation: { pairs: 0 } }),
  )
  await calls.event(id, (event) => event.type === 'experiment.stage' && event.stage === 'measuring')
  await service.stop()
  expect([...serviceProcesses(service.home), ...engineProcesses(service.home)]).toEqual([])

  await service.start()
  await calls.finished(id)
  expect(await calls.read(id)).toMatchObject({
    state: 'completed',
    experiments: { planned: 2, completed: 2 },
  })
  expect(engineProcesses(service.home)).toEqual([])
})
