import { expect, test } from 'vitest'
import type { Fleet } from '../../client/client.ts'
import { deviceCounts, hostState, placesOf, tuningsOf } from './fleet-view.ts'

const AT = '2026-01-01T00:00:00.000Z'
const device = (id: string) => ({ id, kind: 'gpu' as const, name: 'H100', cores: null, gpu: null })
const host = (name: string, change: Partial<Fleet['hosts'][number]> = {}): Fleet['hosts'][number] => ({
  name,
  devices: [device('gpu-0'), device('gpu-1')],
  engines: [],
  runtimes: [],
  labels: {},
  version: '0.1.0',
  draining: false,
  alive: true,
  ...change,
})
const holding = (of: string, id: string, tuningId = 'a') => ({
  host: of,
  device: id,
  project: 'default',
  tuningId,
  number: 1,
  since: AT,
})
const fleet: Fleet = {
  hosts: [host('one'), host('two', { alive: false })],
  held: [holding('one', 'gpu-1'), holding('one', 'exclusive:http://x', 'b'), holding('two', 'gpu-0')],
  queue: [],
}

test('shows devices with who holds them, and what else is held on the same host', () => {
  const places = placesOf(host('one'), fleet.held)
  expect(places.map(({ id, holding: by }) => [id, by?.tuningId ?? null])).toEqual([
    ['gpu-0', null],
    ['gpu-1', 'a'],
    ['exclusive:http://x', 'b'],
  ])
  expect(places.at(-1)?.device).toBeNull()
})

test('counts devices of hosts that are alive only', () => {
  expect(deviceCounts(fleet)).toEqual({ devices: 2, held: 1 })
})

test('a host that is gone is gone, drained or not', () => {
  expect(hostState(host('one', { draining: true }))).toBe('draining')
  expect(hostState(host('one', { draining: true, alive: false }))).toBe('gone')
})

test('names each tuning once', () => {
  expect(tuningsOf(fleet)).toEqual(['a', 'b'])
})
