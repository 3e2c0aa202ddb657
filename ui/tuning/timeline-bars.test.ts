import { expect, test } from 'vitest'
import type { ExperimentBrief } from '../../client/client.ts'
import { timelineRows } from './timeline-bars.ts'

const at = (seconds: number) => new Date(seconds * 1000).toISOString()
const run = (number: number, from: number | null, to: number | null, change: object = {}) =>
  ({
    number,
    kind: 'search',
    state: to === null ? 'running' : 'completed',
    feasible: true,
    startedAt: from === null ? null : at(from),
    finishedAt: to === null ? null : at(to),
    host: 'a',
    devices: ['gpu-0'],
    ...change,
  }) as unknown as ExperimentBrief

test('each device has its row; what runs lasts until now, what waits has no bar', () => {
  const rows = timelineRows(
    [
      run(0, 0, 10, { kind: 'baseline' }),
      run(1, 10, 20, { devices: ['gpu-0', 'gpu-1'], feasible: false }),
      run(2, 20, 25, { state: 'failed' }),
      run(3, 25, null, { host: null, devices: [] }),
      run(4, null, null),
    ],
    30_000,
  )
  expect(
    rows.map(({ device, bars }) => [device, bars.map(({ number, kind }) => `${number} ${kind}`)]),
  ).toEqual([
    ['a gpu-0', ['0 baseline', '1 infeasible', '2 failed']],
    ['a gpu-1', ['1 infeasible']],
    ['device not known yet', ['3 running']],
  ])
  expect(rows.at(-1)?.bars[0]).toMatchObject({ fromMs: 25_000, toMs: 30_000 })
})
