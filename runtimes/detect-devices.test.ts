import { expect, test } from 'vitest'
import { cpuDevices, parseGpus } from './detect-devices.ts'

test('GPUs are read from the answer of nvidia-smi', () => {
  const answer = [
    '0, GPU-4b1c0c6d-8a2e-5d0f-9e54-2f2a3c1d7e10, NVIDIA H100 80GB HBM3, 81559',
    '1, GPU-0f8e6a53-21bb-71b5-a7f4-6f0d6a9a5b3c, NVIDIA H100 80GB HBM3, 81559',
    '',
  ].join('\n')
  expect(parseGpus(answer)).toEqual([
    {
      id: 'gpu-0',
      kind: 'gpu',
      name: 'NVIDIA H100 80GB HBM3',
      cores: null,
      gpu: { index: 0, uuid: 'GPU-4b1c0c6d-8a2e-5d0f-9e54-2f2a3c1d7e10', memoryMib: 81_559 },
    },
    expect.objectContaining({ id: 'gpu-1' }),
  ])
  expect(parseGpus('No devices were found\n')).toEqual([])
})

test('CPU shares divide the cores; a single one is not pinned', () => {
  expect(cpuDevices(1, 16, 'EPYC').map(({ id, cores }) => [id, cores])).toEqual([['cpu-0', null]])
  expect(cpuDevices(3, 8, 'EPYC').map(({ cores }) => cores)).toEqual(['0-1', '2-4', '5-7'])
  expect(cpuDevices(4, 2, 'EPYC').map(({ cores }) => cores)).toEqual(['0', '0', '1', '1'])
})
