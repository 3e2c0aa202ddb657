import { expect, test } from 'vitest'
import { ScheduleRequest } from './schedule.ts'
import { TuningRequest, TuningSpec } from './tuning.ts'
import { check } from './validation.ts'

const tuning = (name: string) => ({
  name,
  engine: { kind: 'llama.cpp', model: 'm' },
  workload: { prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } }, load: { concurrency: 1 } },
  objective: { maximize: 'output_tokens_per_second' },
  space: { parallel: { type: 'integer', low: 1, high: 4 } },
})
const schedule = (name: string) => ({ name, tuning: tuning('x'), timing: { every: '1h' } })

test.each(['\u001b[31mRED\u001b]0;title\u0007', 'x\r\ny', 'a\u007fb', 'a\u009bb', 'a\u2028b'])(
  'a name that is no plain line is refused: %j',
  (name) => {
    const errors = [{ pointer: '/name', message: 'a name is one line, without control characters' }]
    expect(check(TuningRequest, tuning(name)).errors).toMatchObject(errors)
    expect(check(ScheduleRequest, schedule(name)).errors).toMatchObject(errors)
    // What was stored before is read all the same.
    expect(TuningSpec.parse(tuning(name)).name).toBe(name)
  },
)

test('a name may be in any language', () => {
  for (const name of ['Nächtlich, 2×H100', '夜間 👩‍💻', 'שלום'])
    expect(TuningRequest.parse(tuning(` ${name} `)).name).toBe(name)
})
