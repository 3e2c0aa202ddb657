import { expect, test } from 'vitest'
import { parseGpuLine } from './gpu-watch.ts'

test('nvidia-smi of an idle H200 tells what it does now', () => {
  const line =
    'GPU-9814f7e7-0f79-c5cf-4638-9d91aeb545cc, 580.159.04, 345, 3201, 30, 79.54, 0, 0, 0x0000000000000001'
  expect(parseGpuLine(line)).toMatchObject({
    smClockMhz: 345,
    powerW: 79.54,
    utilisation: 0,
    clockReasons: 1,
  })
})

// Written in the form of nvidia-smi's manual; not taken from a machine.
test('nvidia-smi tells what a GPU does now; what it does not know is null', () => {
  const uuid = 'GPU-5c0a0a4e-1c9b-8c5f-2f5e-6a3d1f1d2b3c'
  expect(parseGpuLine(`${uuid}, 550.54.15, 1980, 2619, 57, 402.18, 98, 70123, 0x0000000000000004`)).toEqual({
    uuid,
    driver: '550.54.15',
    smClockMhz: 1980,
    memoryClockMhz: 2619,
    temperatureC: 57,
    powerW: 402.18,
    utilisation: 0.98,
    memoryUsedMib: 70_123,
    clockReasons: 4,
  })
  expect(
    parseGpuLine(`${uuid}, 580.95.05, 1980, [N/A], 57, [N/A], [Not Supported], [N/A], [N/A]`),
  ).toMatchObject({ smClockMhz: 1980, powerW: null, utilisation: null, clockReasons: null })
  expect(parseGpuLine('No devices were found')).toBeNull()
})
