import { expect, test } from 'vitest'
import { parseNvidiaSmi } from './nvidia-smi.ts'

test('nvidia-smi of an H200 tells its memory', () => {
  const [gpu] = parseNvidiaSmi(
    '0, GPU-9814f7e7-0f79-c5cf-4638-9d91aeb545cc, NVIDIA H200, 143771, 143156, 580.159.04\n',
  )
  expect(gpu).toMatchObject({ index: 0, name: 'NVIDIA H200', totalMib: 143_771, freeMib: 143_156 })
})

// Written in the form of nvidia-smi's manual; not taken from a machine.
test('nvidia-smi tells each GPU with its memory; lines that are none are left out', () => {
  const output = [
    '0, GPU-5c0a0a4e-1c9b-8c5f-2f5e-6a3d1f1d2b3c, NVIDIA H100 80GB HBM3, 81559, 81074, 550.54.15',
    '1, GPU-9d6e2f10-7a4b-4d5c-8e9f-0a1b2c3d4e5f, NVIDIA GB10, [N/A], [N/A], 580.95.05',
    '',
  ].join('\n')
  expect(parseNvidiaSmi(output)).toEqual([
    {
      index: 0,
      uuid: 'GPU-5c0a0a4e-1c9b-8c5f-2f5e-6a3d1f1d2b3c',
      name: 'NVIDIA H100 80GB HBM3',
      totalMib: 81_559,
      freeMib: 81_074,
      driver: '550.54.15',
    },
    expect.objectContaining({ name: 'NVIDIA GB10', totalMib: null, freeMib: null }),
  ])
  expect(parseNvidiaSmi('No devices were found\n')).toEqual([])
})
