import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { download, fetchJson, sha256OfFile } from './download.ts'
import { serve } from './testing.ts'

const content = Buffer.alloc(300_000, 'redline')
const sha256 = createHash('sha256').update(content).digest('hex')
const limits = { answerMs: 5000, stallMs: 5000, retryMs: [1, 1] }

/** Answers the first requests in turn as given, the later ones with the content. */
async function serveAfter(...first: RequestListener[]): Promise<{ url: string; requests: () => number }> {
  let requests = 0
  const url = await serve((request, response) => {
    const listener = first[requests++]
    if (listener !== undefined) return void listener(request, response)
    response.setHeader('content-length', content.length).end(content)
  })
  return { url, requests: () => requests }
}

const breakMidway: RequestListener = (_, response) => {
  response.setHeader('content-length', content.length)
  response.write(content.subarray(0, 1000), () => response.destroy())
}
const status =
  (code: number): RequestListener =>
  (_, response) =>
    void response.writeHead(code).end()

test('writes the file under its name and reports its bytes', async () => {
  const folder = await temporaryFolder()
  const { url } = await serveAfter()
  const counts: [number, number | undefined][] = []
  await download(url, join(folder, 'file'), { sha256, onBytes: (done, total) => counts.push([done, total]) })
  expect(await readFile(join(folder, 'file'))).toEqual(content)
  expect(await sha256OfFile(join(folder, 'file'))).toBe(sha256)
  expect(counts.at(-1)).toEqual([content.length, content.length])
})

test('a file with another hash is an error and leaves nothing', async () => {
  const folder = await temporaryFolder()
  const { url, requests } = await serveAfter()
  await expect(download(url, join(folder, 'file'), { sha256: '0'.repeat(64) })).rejects.toThrow(
    `has sha256 ${sha256}`,
  )
  expect(await readdir(folder)).toEqual([])
  expect(requests()).toBe(1)
})

test('a connection that breaks and a server in trouble are tried again', async () => {
  const folder = await temporaryFolder()
  const { url, requests } = await serveAfter(breakMidway, status(503))
  await download(url, join(folder, 'file'), { sha256, limits })
  expect(requests()).toBe(3)
  expect(await readdir(folder)).toEqual(['file'])
})

test('gives up after the third try', async () => {
  const folder = await temporaryFolder()
  const { url, requests } = await serveAfter(breakMidway, breakMidway, breakMidway)
  await expect(download(url, join(folder, 'file'), { limits })).rejects.toThrow(
    /connection to 127.0.0.1:\d+ broke/,
  )
  expect(requests()).toBe(3)
  expect(await readdir(folder)).toEqual([])
})

test('a server that falls silent is tried again', async () => {
  const folder = await temporaryFolder()
  const { url, requests } = await serveAfter((_, response) => void response.write('a little'))
  await download(url, join(folder, 'file'), { sha256, limits: { ...limits, stallMs: 50 } })
  expect(requests()).toBe(2)
})

test('a server that never answers is named', async () => {
  const { url } = await serveAfter(...[1, 2, 3].map(() => () => undefined))
  const answer = fetchJson(url, { limits: { ...limits, answerMs: 20 } })
  await expect(answer).rejects.toThrow(/^127.0.0.1:\d+ did not answer for 0.02 s$/)
})

test('a missing file is not tried again', async () => {
  const folder = await temporaryFolder()
  const { url, requests } = await serveAfter(status(404))
  await expect(download(url, join(folder, 'file'), { limits })).rejects.toThrow('answered with HTTP 404')
  expect(requests()).toBe(1)
})

test('a server that refuses connections costs no time', async () => {
  const folder = await temporaryFolder()
  const slow = { ...limits, retryMs: [600_000] }
  // Port 1 of the loopback belongs to a service that nobody runs.
  await expect(download('http://127.0.0.1:1/', join(folder, 'file'), { limits: slow })).rejects.toThrow(
    'cannot reach 127.0.0.1:1',
  )
})

test('an abort ends the download with its reason and leaves nothing', async () => {
  const folder = await temporaryFolder()
  const controller = new AbortController()
  const { url } = await serveAfter((_, response) => void response.write(content))
  const running = download(url, join(folder, 'file'), {
    signal: controller.signal,
    onBytes: () => controller.abort(new Error('enough')),
  })
  await expect(running).rejects.toThrow('enough')
  expect(await readdir(folder)).toEqual([])
})

test('an answer that is no JSON is an error', async () => {
  const { url } = await serveAfter((_, response) => void response.end('<html>'))
  await expect(fetchJson(url)).rejects.toThrow('did not answer in JSON')
})
