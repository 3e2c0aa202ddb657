import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { EventClient } from './event-client.ts'
import type { Received } from './event-clients.ts'

// Holds many streams open and writes down when each event came to each of them; what an event says is when it was written.

const { target, count, last } = z
  .object({
    target: z.object({ port: z.number(), path: z.string(), headers: z.record(z.string(), z.string()) }),
    count: z.number(),
    last: z.number(),
  })
  .parse(workerData)
const PATIENCE_MS = 10_000
const AT_ONCE = 50

const newest = new Array<number>(count).fill(last)
let latenciesMs: number[] = []
let lost = 0
let usage = performance.eventLoopUtilization()

function received(client: number, seq: number, data: string): void {
  const writtenMs = Number(/"message": "([\d.]+)"/.exec(data)?.[1])
  latenciesMs.push(performance.timeOrigin + performance.now() - writtenMs)
  const before = newest[client] ?? 0
  lost += Math.abs(seq - before - 1)
  newest[client] = seq
}

const clients: EventClient[] = []
while (clients.length < count) {
  const numbers = Array.from(
    { length: Math.min(AT_ONCE, count - clients.length) },
    (_, n) => clients.length + n,
  )
  clients.push(
    ...(await Promise.all(
      numbers.map((number) => EventClient.open(target, (seq, data) => received(number, seq, data))),
    )),
  )
}
parentPort?.on('message', (wanted) => void report(z.number().parse(wanted)))
parentPort?.postMessage('open')

async function report(wanted: number): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS
  while (newest.some((seq) => seq < wanted) && performance.now() < untilMs) await setTimeout(20)
  const told: Received = {
    deliveries: latenciesMs.length,
    lost: lost + newest.reduce((sum, seq) => sum + Math.max(0, wanted - seq), 0),
    latenciesMs: Float64Array.from(latenciesMs),
    busyShare: performance.eventLoopUtilization(usage).utilization,
  }
  parentPort?.postMessage(told)
  latenciesMs = []
  lost = 0
  usage = performance.eventLoopUtilization()
}
