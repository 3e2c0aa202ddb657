import { expect, test } from 'vitest'
import { joulesOf } from './energy.ts'
import type { GpuSample, MachineSample } from './machine-record.ts'

const gpu = (powerW: number | null): GpuSample => ({
  uuid: `GPU-${powerW}`,
  driver: '580.159',
  smClockMhz: 1980,
  memoryClockMhz: 2619,
  temperatureC: 60,
  powerW,
  utilisation: 1,
  memoryUsedMib: 70_000,
  clockReasons: 0,
})
const sample = (change: Partial<MachineSample>): MachineSample => ({
  spanMs: 1000,
  busy: 0.5,
  others: 0,
  memoryUsedBytes: 1,
  cpuPowerW: null,
  gpus: [],
  ...change,
})

test('the energy of all GPUs adds up over time; the processors count only without any', () => {
  const samples = [
    sample({ gpus: [gpu(400), gpu(100)], cpuPowerW: 90 }),
    sample({ gpus: [gpu(600), gpu(200)], cpuPowerW: 90, spanMs: 500 }),
  ]
  expect(joulesOf(samples)).toBe(500 + 400)
  expect(joulesOf([sample({ cpuPowerW: 90 }), sample({ cpuPowerW: 30, spanMs: 2000 })])).toBe(150)
})

test('a GPU that says nothing at first drew as much then as later', () => {
  const known = Array.from({ length: 9 }, () => sample({ gpus: [gpu(300)], cpuPowerW: 90 }))
  expect(joulesOf([sample({ cpuPowerW: 90 }), ...known])).toBe(3000)
})

test('power that is not told for long leaves the energy unknown', () => {
  expect(joulesOf([sample({ cpuPowerW: 90 }), sample({})])).toBeNull()
  expect(joulesOf([sample({ gpus: [gpu(400), gpu(null)], cpuPowerW: 90 })])).toBeNull()
  expect(joulesOf([])).toBeNull()
})
