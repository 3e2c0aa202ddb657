import { afterAll, beforeAll, expect, test } from 'vitest'
import { STAND_IN_ENGINE, startTestService, type TestService } from '../service.ts'
import { faultTable, strike, type FaultRow, type Stage, type Target } from './fault.ts'

/** Tests each fault on a service that they share, and prints their table: killed with -9, or stopped for a minute. */
export function strikeEach(faults: { target: Target; stage: Stage }[], { pause }: { pause: boolean }): void {
  let service: TestService
  const rows: FaultRow[] = []

  beforeAll(async () => {
    service = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE })
  })
  afterAll(async () => {
    process.stdout.write(`\n${faultTable(rows)}\n${rows.length} faults\n`)
    await service.remove()
  })

  const fault = pause ? 'stopped for a minute' : 'killed with -9'
  test.each(faults)(`$target ${fault} while an experiment is $stage`, async ({ target, stage }) => {
    rows.push(await strike(service, { target, stage, pause }))
    expect(rows.at(-1)).toBeDefined()
  })
}
