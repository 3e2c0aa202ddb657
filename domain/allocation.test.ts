import { expect, test } from 'vitest'
import {
  allocate,
  expectedStarts,
  type HostOffer,
  type Holding,
  type LeaseRequest,
  type Waiting,
} from './allocation.ts'

function host(name: string, gpus: number, labels: Record<string, string> = {}): HostOffer {
  return {
    name,
    devices: Array.from({ length: gpus }, (_, index) => ({
      id: `gpu-${index}`,
      kind: 'gpu',
      name: 'H100',
      cores: null,
      gpu: { index, uuid: `${name}-${index}`, memoryMib: 80_000 },
    })),
    engines: [{ kind: 'vllm' }],
    runtimes: ['process', 'endpoint'],
    labels,
    draining: false,
  }
}

const REQUEST: LeaseRequest = {
  engine: 'vllm',
  runtime: 'process',
  devices: 1,
  labels: {},
  exclusive: null,
}
let clock = 0
function waiting(workflowId: string, change: Partial<LeaseRequest & Waiting> = {}): Waiting {
  const { tuningId = 't', project = 'p', priority = 0, ...request } = change
  return {
    workflowId,
    tuningId,
    project,
    priority,
    requestedAtMs: clock++,
    request: { ...REQUEST, ...request },
  }
}
const holds = (tuningId: string, at: string, device: string, project = 'p'): Holding => ({
  host: at,
  device,
  workflowId: `${tuningId}/${device}`,
  tuningId,
  project,
})
const places = (hosts: HostOffer[], held: Holding[], queue: Waiting[], quotas: Record<string, number> = {}) =>
  allocate(hosts, held, queue, new Map(Object.entries(quotas))).map((grant) => [
    grant.workflowId,
    grant.host,
    grant.devices.map(({ id }) => id).join('+'),
  ])

test('priority goes first, then the tuning that holds fewest, then who came first', () => {
  const queue = [
    waiting('greedy', { tuningId: 'a' }),
    waiting('modest', { tuningId: 'b' }),
    waiting('urgent', { tuningId: 'a', priority: 1 }),
  ]
  expect(places([host('x', 3)], [holds('a', 'x', 'gpu-2')], queue)).toEqual([
    ['urgent', 'x', 'gpu-0'],
    ['modest', 'x', 'gpu-1'],
  ])
})

test('two tunings that ask for everything share it', () => {
  const queue = ['a1', 'a2', 'a3', 'a4'].map((id) => waiting(id, { tuningId: 'a' }))
  queue.push(...['b1', 'b2', 'b3', 'b4'].map((id) => waiting(id, { tuningId: 'b' })))
  const got = places([host('x', 4)], [], queue).map(([id]) => id)
  expect(got.toSorted()).toEqual(['a1', 'a2', 'b1', 'b2'])
})

test('several devices are always of one host, the tightest that has them', () => {
  expect(places([host('x', 8), host('y', 2)], [], [waiting('pair', { devices: 2 })])).toEqual([
    ['pair', 'y', 'gpu-0+gpu-1'],
  ])
  expect(
    places(
      [host('x', 2), host('y', 2)],
      [holds('o', 'x', 'gpu-0'), holds('o', 'y', 'gpu-1')],
      [waiting('pair', { devices: 2 })],
    ),
  ).toEqual([])
})

test('small requests do not starve a large one that came before them', () => {
  const queue = [waiting('large', { devices: 4, tuningId: 'l' }), waiting('small', { tuningId: 's' })]
  expect(places([host('x', 4)], [holds('o', 'x', 'gpu-0')], queue)).toEqual([])
  expect(places([host('x', 4), host('y', 1)], [holds('o', 'x', 'gpu-0')], queue)).toEqual([
    ['small', 'y', 'gpu-0'],
  ])
})

test('labels choose hosts, and a draining host gets nothing', () => {
  const queue = [waiting('w', { labels: { gpu: 'h100' } })]
  expect(places([host('x', 1), host('y', 1, { gpu: 'h100' })], [], queue)).toEqual([['w', 'y', 'gpu-0']])
  expect(places([{ ...host('y', 1, { gpu: 'h100' }), draining: true }], [], queue)).toEqual([])
})

test('an endpoint is loaded by one experiment at a time and needs no device', () => {
  const endpoint = { runtime: 'endpoint' as const, exclusive: 'http://e' }
  const queue = [waiting('first', endpoint), waiting('second', endpoint)]
  expect(places([host('x', 0)], [], queue)).toEqual([['first', 'x', '']])
  expect(places([host('x', 0)], [holds('o', 'x', 'exclusive:http://e')], queue)).toEqual([])
})

test('a project holds no more devices than its quota, and others get what it leaves', () => {
  const held = [holds('a', 'x', 'gpu-0', 'limited')]
  const queue = [
    waiting('first', { project: 'limited', priority: 9 }),
    waiting('second', { project: 'limited', priority: 9 }),
    waiting('endpoint', { project: 'limited', runtime: 'endpoint', exclusive: 'http://e' }),
    waiting('large', { project: 'limited', devices: 3, priority: 9 }),
    waiting('other', { project: 'free' }),
  ]
  expect(places([host('x', 4)], held, queue, { limited: 2 }).map(([id]) => id)).toEqual([
    'first',
    'endpoint',
    'other',
  ])
})

test('the forecast plays the queue forward', () => {
  const held = [{ ...holds('a', 'x', 'gpu-0'), sinceMs: 0 }]
  const queue = [waiting('next'), waiting('after'), waiting('never', { devices: 9 })]
  const starts = expectedStarts([host('x', 1)], held, queue, {
    nowMs: 40,
    lengthMs: () => 100,
    quotas: new Map(),
  })
  expect([...starts]).toEqual([
    ['next', 100],
    ['after', 200],
  ])
})
