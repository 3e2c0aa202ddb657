import { afterAll, beforeAll, expect, test } from 'vitest'
import { STAND_IN_ENGINE, startTestService, type TestService } from '../service.ts'
import { faultTable, STAGES, strike, TARGETS, type FaultRow } from './fault.ts'

let service: TestService
const rows: FaultRow[] = []

beforeAll(async () => {
  service = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE })
})
afterAll(async () => {
  process.stdout.write(`\n${faultTable(rows)}\n${rows.length} faults\n`)
  await service.remove()
})

// Nothing runs of an engine that waits for its device.
const faults = TARGETS.flatMap((target) =>
  STAGES.filter((stage) => target !== 'engine' || stage !== 'waiting').map((stage) => ({ target, stage })),
)

test.each(faults)('$target killed with -9 while an experiment is $stage', async ({ target, stage }) => {
  rows.push(await strike(service, { target, stage, pause: false }))
  expect(rows.at(-1)).toBeDefined()
})
