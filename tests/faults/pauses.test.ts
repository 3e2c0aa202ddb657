import { afterAll, beforeAll, expect, test } from 'vitest'
import { STAND_IN_ENGINE, startTestService, type TestService } from '../service.ts'
import { faultTable, strike, type FaultRow, type Stage, type Target } from './fault.ts'

let service: TestService
const rows: FaultRow[] = []

beforeAll(async () => {
  service = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE })
})
afterAll(async () => {
  process.stdout.write(`\n${faultTable(rows)}\n${rows.length} faults\n`)
  await service.remove()
})

const SOCKETS: Target[] = ['api', 'temporal', 'postgres', 'engine', 'worker']
const TRIED: Stage[] = ['starting', 'warming', 'measuring', 'stopping']
const faults = SOCKETS.flatMap((target) => TRIED.map((stage) => ({ target, stage })))

test.each(faults)('$target stopped for a minute while an experiment is $stage', async ({ target, stage }) => {
  rows.push(await strike(service, { target, stage, pause: true }))
  expect(rows.at(-1)).toBeDefined()
})
