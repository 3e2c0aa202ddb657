import { expect, test } from 'vitest'
import { leaseText, placeText } from './lease-words.ts'

const request = { engine: 'vllm', runtime: 'docker' as const, devices: 2, labels: {}, exclusive: null }

test('writes what an experiment asks for', () => {
  expect(leaseText(request)).toBe('2 devices, vllm by docker')
  expect(leaseText({ ...request, devices: 1, labels: { gpu: 'h100' } })).toBe(
    '1 device, vllm by docker, gpu=h100',
  )
  expect(leaseText({ ...request, devices: 0, exclusive: 'http://engine:8000' })).toBe(
    'endpoint http://engine:8000, vllm by docker',
  )
})

test('names a device by its id and an endpoint by its address', () => {
  expect(placeText('gpu-0')).toBe('gpu-0')
  expect(placeText('exclusive:http://engine:8000')).toBe('endpoint http://engine:8000')
})
