import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { downloadFromIndex } from './pypi.ts'
import { serve } from './testing.ts'

const content = 'a wheel'
const sha256 = createHash('sha256').update(content).digest('hex')
const pinned = { project: 'some-project', filename: 'some_project-1.0-py3-none-any.whl', sha256 }

interface Seen {
  url: string | undefined
  headers: IncomingHttpHeaders
}

async function serveIndex(hash: string, filename = pinned.filename): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const url = await serve((request, response) => {
    seen.push({ url: request.url, headers: request.headers })
    if (request.url === '/files/wheel') return void response.end(content)
    if (request.url !== '/simple/some-project/') return void response.writeHead(404).end()
    response.end(
      JSON.stringify({ files: [{ filename, url: '../../files/wheel', hashes: { sha256: hash }, size: 7 }] }),
    )
  })
  return { url, seen }
}

test('asks the configured index for JSON and follows a relative file URL', async () => {
  const folder = await temporaryFolder()
  const { url, seen } = await serveIndex(sha256)
  await downloadFromIndex(pinned, join(folder, 'wheel'), { env: { PIP_INDEX_URL: `${url}/simple` } })
  expect(await readFile(join(folder, 'wheel'), 'utf8')).toBe(content)
  expect(seen[0]?.headers.accept).toBe('application/vnd.pypi.simple.v1+json')
})

test('sends the credentials of the index URL as a header', async () => {
  const folder = await temporaryFolder()
  const { url, seen } = await serveIndex(sha256)
  const index = `${url.replace('http://', 'http://me:p%40ss@')}/simple/`
  await downloadFromIndex(pinned, join(folder, 'wheel'), { env: { PIP_INDEX_URL: index } })
  const expected = `Basic ${Buffer.from('me:p@ss').toString('base64')}`
  expect(seen.map(({ headers }) => headers.authorization)).toEqual([expected, expected])
})

test('keeps the password of the index URL out of errors', async () => {
  const { url } = await serveIndex(sha256, 'another.whl')
  const env = { PIP_INDEX_URL: `${url.replace('http://', 'http://me:secret@')}/simple/` }
  const error: unknown = await downloadFromIndex(pinned, '/nowhere', { env }).catch((e: unknown) => e)
  expect(String(error)).toContain(`/simple/some-project/ lists no ${pinned.filename}`)
  expect(String(error)).not.toContain('secret')
})

test('an index that names another hash than the pinned one is refused', async () => {
  const folder = await temporaryFolder()
  const { url } = await serveIndex('0'.repeat(64))
  const answer = downloadFromIndex(pinned, join(folder, 'wheel'), {
    env: { PIP_INDEX_URL: `${url}/simple/` },
  })
  await expect(answer).rejects.toThrow('names another sha256')
})

test('a file with another content than the pinned one is refused', async () => {
  const folder = await temporaryFolder()
  const other = { ...pinned, sha256: '1'.repeat(64) }
  const { url } = await serveIndex(other.sha256)
  const answer = downloadFromIndex(other, join(folder, 'wheel'), { env: { PIP_INDEX_URL: `${url}/simple/` } })
  await expect(answer).rejects.toThrow(`has sha256 ${sha256}`)
  expect(await readdir(folder)).toEqual([])
})

test('an index that knows no JSON form is named', async () => {
  const url = await serve((_, response) => void response.end('{"projects": []}'))
  const answer = downloadFromIndex(pinned, '/nowhere', { env: { PIP_INDEX_URL: url } })
  await expect(answer).rejects.toThrow(/some-project\/ did not answer with a project in the form of PEP 691/)
})
