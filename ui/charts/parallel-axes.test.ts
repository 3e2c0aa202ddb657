import { expect, test } from 'vitest'
import type { ExperimentBrief } from '../../client/client.ts'
import { brushText, isWithin, parallelAxes } from './parallel-axes.ts'

const run = (number: number, configuration: object, objective: number | null) =>
  ({ number, configuration, objective }) as unknown as ExperimentBrief
const experiments = [
  run(0, {}, 10),
  run(1, { parallel: 1, attention: 'off', fixed: 3 }, 20),
  run(2, { parallel: 8, attention: 'on', fixed: 3 }, 30),
  run(3, { parallel: 64, attention: 'on', fixed: 3 }, null),
]

test('what varies has an axis, and the objective the last one', () => {
  const axes = parallelAxes(experiments, 'tokens/s')
  expect(axes.map(({ label }) => label)).toEqual(['parallel', 'attention', 'tokens/s'])
  const [parallel, attention] = axes
  expect(experiments.map((one) => parallel?.at(one))).toEqual([null, 0, 0.5, 1])
  expect(experiments.map((one) => attention?.at(one))).toEqual([null, 0, 1, 1])
  expect(parallel?.choices.map(({ text }) => text)).toEqual(['1', '8', '64'])
})

test('brushes keep what lies within all of them', () => {
  const axes = parallelAxes(experiments, 'tokens/s')
  const kept = (brushes: Record<string, [number, number]>) =>
    experiments.filter((one) => isWithin(one, axes, brushes)).map(({ number }) => number)
  expect(kept({})).toEqual([0, 1, 2, 3])
  expect(kept({ parallel: [0.4, 1] })).toEqual([2, 3])
  expect(kept({ parallel: [0.4, 1], objective: [0, 1] })).toEqual([2])
  expect(axes[0] && brushText(axes[0], [0.4, 1])).toBe('parallel 8 to 64')
})
