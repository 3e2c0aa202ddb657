import { expect, test } from 'vitest'
import { disturbancesOf } from './disturbance.ts'
import { machineRecord, type GpuSample, type MachineSample } from './machine-record.ts'

const gpu = (change: Partial<GpuSample> = {}): GpuSample => ({
  uuid: 'GPU-1',
  driver: '550.54.15',
  smClockMhz: 1980,
  memoryClockMhz: 2619,
  temperatureC: 60,
  powerW: 400,
  utilisation: 1,
  memoryUsedMib: 70_000,
  clockReasons: 0,
  ...change,
})
const sample = (change: Partial<MachineSample> = {}): MachineSample => ({
  spanMs: 1000,
  busy: 0.9,
  others: 0.02,
  memoryUsedBytes: 8e9,
  cpuPowerW: null,
  gpus: [],
  ...change,
})
/** Ten seconds, of which the last `count` are as given. */
const last = (count: number, change: Partial<MachineSample>, usual: Partial<MachineSample> = {}) =>
  Array.from({ length: 10 }, (_, index) => sample(index < 10 - count ? usual : change))

test('an engine that works hard on a quiet machine is not disturbed', () => {
  expect(disturbancesOf(last(10, { busy: 1 }))).toEqual([])
  expect(disturbancesOf(last(10, { gpus: [gpu()] }))).toEqual([])
})

test('other processes disturb when they take much of the cores for long enough', () => {
  expect(disturbancesOf(last(2, { others: 0.5 }))).toEqual([
    'other processes took 50 % of the cores that the engine may use, 20 % of the time',
  ])
  expect(disturbancesOf(last(1, { others: 1 }))).toEqual([])
  expect(disturbancesOf(last(10, { others: 0.15 }))).toEqual([])
})

test('nothing is said of what cannot be seen, nor of a few seconds', () => {
  expect(disturbancesOf(last(10, { others: null }))).toEqual([])
  expect(disturbancesOf(last(4, { others: 1 }).slice(6))).toEqual([])
  expect(disturbancesOf(last(3, { gpus: [gpu({ clockReasons: 0x60, temperatureC: 88 })] }))).toEqual([])
})

test('a machine that stood still is a disturbance, however short the measurement; a look that was a little late is not', () => {
  expect(disturbancesOf(last(1, { spanMs: 6000 }))).toEqual([
    'the machine stood still for 5.0 s, or was too busy to be watched',
  ])
  expect(disturbancesOf([sample(), sample({ spanMs: 3500 })])).toHaveLength(1)
  expect(disturbancesOf(last(10, { spanMs: 1900 }))).toEqual([])
  expect(disturbancesOf([...Array.from({ length: 60 }, () => sample()), sample({ spanMs: 2100 })])).toEqual(
    [],
  )
})

test('heat is a disturbance, the power limit is not', () => {
  const hot = last(3, { gpus: [gpu({ clockReasons: 0x24, temperatureC: 88 })] }, { gpus: [gpu()] })
  expect(disturbancesOf(hot)).toEqual([
    'the GPU throttled 30 % of the time: thermal slowdown (software), 88 °C',
  ])
  expect(disturbancesOf(last(10, { gpus: [gpu({ clockReasons: 0x4, smClockMhz: 1300 })] }))).toEqual([])
})

test('a working GPU whose clock falls is disturbed; one that idles, or keeps to its power limit, is not', () => {
  const fallen = (change: Partial<GpuSample>) =>
    disturbancesOf(last(3, { gpus: [gpu({ smClockMhz: 1200, ...change })] }, { gpus: [gpu()] }))
  expect(fallen({})).toEqual([
    "the GPU's clock fell from 1980 to 1200 MHz, 30 % of the time in which it worked",
  ])
  expect(fallen({ utilisation: 0.1 })).toEqual([])
  expect(fallen({ clockReasons: 0x4 })).toEqual([])
})

test('an hour is kept as at most 60 points, each the mean of its time', () => {
  const facts = { cpu: 'a CPU', cores: 4, cpuMhz: 3000, memoryBytes: 16e9 }
  const samples = Array.from({ length: 3600 }, (_, second) =>
    sample({
      busy: second < 1800 ? 0.2 : 0.6,
      others: second < 60 ? null : 0,
      gpus: [gpu({ powerW: second })],
    }),
  )
  const record = machineRecord(facts, samples, 1000, () => 'gpu-0')
  expect(record).toMatchObject({ ...facts, pointMs: 60_000, busyMean: 0.4, othersMean: 0 })
  expect(record?.busy).toEqual([...Array<number>(30).fill(0.2), ...Array<number>(30).fill(0.6)])
  expect(record?.others.slice(0, 2)).toEqual([null, 0])
  expect(record?.gpus[0]).toMatchObject({ device: 'gpu-0', memoryUsedMibMax: 70_000, clockReasons: [] })
  expect(record?.gpus[0]?.powerW.slice(0, 2)).toEqual([29.5, 89.5])
  expect(machineRecord(facts, [], 1000, () => '')).toBeNull()
})
