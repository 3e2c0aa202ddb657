import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { followTunings } from './follow.ts'

/** A server of streams that answers as it is told to; `open` are those that wait for events. */
async function streamServer(statusOf: () => number) {
  const open: ServerResponse[] = []
  const server = createServer((_request, response) => {
    response.writeHead(statusOf(), { 'Content-Type': 'text/event-stream' })
    if (response.statusCode !== 200) return void response.end()
    response.write('retry: 1\n\n')
    open.push(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, open }
}

/** Follows the list of tunings, and keeps what is told of the connection. */
function follow(url: string) {
  const told: string[] = []
  let tryAgain = () => {}
  const stop = followTunings(url, {
    onTuning: () => undefined,
    onDeleted: () => undefined,
    onLost: () => told.push('lost'),
    onBack: () => told.push('back'),
    onSignedOut(again) {
      told.push('signed out')
      tryAgain = again
    },
  })
  onTestFinished(stop)
  return { told, stop, tryAgain: () => tryAgain() }
}

test('who is signed out hears that, and is back when they try again after a sign-in', async () => {
  let status = 200
  const { url, open } = await streamServer(() => status)
  const { told, stop, tryAgain } = follow(url)
  await expect.poll(() => told).toEqual(['back'])
  status = 401
  open[0]?.end()
  await expect.poll(() => told).toEqual(['back', 'lost', 'signed out'])
  status = 200
  tryAgain()
  await expect.poll(() => told).toEqual(['back', 'lost', 'signed out', 'back'])
  stop()
  tryAgain()
  expect(open).toHaveLength(2)
})

test('a stream that beats goes on; one that is silent for more than two beats is lost and made again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { url, open } = await streamServer(() => 200)
  const { told } = follow(url)
  await expect.poll(() => told).toEqual(['back'])
  const wait = vi.spyOn(globalThis, 'setTimeout')
  for (const beats of [1, 2, 3]) {
    await vi.advanceTimersByTimeAsync(20_000)
    open[0]?.write('event: beat\ndata: {}\n\n')
    await expect.poll(() => wait.mock.calls.length).toBe(beats)
  }
  expect(told).toEqual(['back'])
  await vi.advanceTimersByTimeAsync(35_000)
  await expect.poll(() => told).toEqual(['back', 'lost', 'back'])
  expect(open).toHaveLength(2)
})
