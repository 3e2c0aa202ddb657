import { expect, test } from 'vitest'
import type { ExperimentBrief } from '../../client/client.ts'
import { failureCauses } from './failure-causes.ts'

const failed = (number: number, summary: string, evidence: string | null = null) =>
  ({
    number,
    result: { status: 'failed', diagnosis: { kind: 'crash', summary, evidence } },
  }) as unknown as ExperimentBrief

test('failures come by cause, the most frequent first, each with a line that shows it', () => {
  const measured = { number: 9, result: { status: 'measured' } } as unknown as ExperimentBrief
  expect(
    failureCauses([
      failed(1, 'bad flag'),
      failed(2, 'OOM'),
      failed(3, 'OOM', 'CUDA out of memory'),
      measured,
    ]),
  ).toEqual([
    { summary: 'OOM', evidence: 'CUDA out of memory', experiments: [2, 3] },
    { summary: 'bad flag', evidence: null, experiments: [1] },
  ])
})
