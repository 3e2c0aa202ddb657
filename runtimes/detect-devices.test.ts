import { expect, test } from 'vitest'
import { cpuDevices } from './detect-devices.ts'

test('CPU shares divide the cores; a single one is not pinned', () => {
  expect(cpuDevices(1, 16, 'EPYC').map(({ id, cores }) => [id, cores])).toEqual([['cpu-0', null]])
  expect(cpuDevices(3, 8, 'EPYC').map(({ cores }) => cores)).toEqual(['0-1', '2-4', '5-7'])
  expect(cpuDevices(4, 2, 'EPYC').map(({ cores }) => cores)).toEqual(['0', '0', '1', '1'])
})
