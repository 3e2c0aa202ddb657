import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { watchCpuPower } from './cpu-power.ts'

/** A folder as powercap has it, with two processors and what is counted beneath one. */
function powercap() {
  const folder = mkdtempSync(join(tmpdir(), 'redline-powercap-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const set = (name: string, microjoules: number) => {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'energy_uj'), `${microjoules}\n`)
    writeFileSync(join(folder, name, 'max_energy_range_uj'), '262143328850\n')
  }
  return { folder, set }
}

function clock(): (seconds: number) => void {
  let nowMs = 1000
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  onTestFinished(() => spy.mockRestore())
  return (seconds) => void (nowMs += 1000 * seconds)
}

test('the power of all processors is told, across the end of a counter', () => {
  const { folder, set } = powercap()
  const pass = clock()
  set('intel-rapl:0', 5_000_000)
  set('intel-rapl:1', 262_142_328_850)
  set('intel-rapl:0:0', 0)
  const read = watchCpuPower(folder)
  pass(2)
  set('intel-rapl:0', 105_000_000)
  set('intel-rapl:1', 19_000_000)
  set('intel-rapl:0:0', 90_000_000)
  // 100 J of the one, 20 J of the other.
  expect(read()).toBeCloseTo(60, 6)
  pass(1)
  expect(read()).toBe(0)
})

test('a machine without counters, or whose counters may not be read, tells nothing', () => {
  const { folder } = powercap()
  expect(watchCpuPower(folder)()).toBeNull()
  expect(watchCpuPower(join(folder, 'missing'))()).toBeNull()
  mkdirSync(join(folder, 'intel-rapl:0'))
  expect(watchCpuPower(folder)()).toBeNull()
})
