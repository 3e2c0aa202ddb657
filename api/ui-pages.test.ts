import express from 'express'
import { once } from 'node:events'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { uiPages } from './ui-pages.ts'

async function serve(folder: string) {
  const server = createServer(express().use(uiPages(folder))).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
}

test('a page comes with the names of its scripts, any other address without', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'redline-ui-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html>')
  const pages = [{ path: '/tunings/:id', scripts: ['assets/a.js', 'assets/b.js'] }]
  await writeFile(join(folder, 'pages.json'), JSON.stringify(pages))
  const ask = await serve(folder)
  const known = await ask('/tunings/17?tab=report')
  expect(known.headers.get('link')).toBe(
    '</assets/a.js>; rel=modulepreload, </assets/b.js>; rel=modulepreload',
  )
  const other = await ask('/tunings')
  expect([other.status, other.headers.get('link')]).toEqual([200, null])
  expect(await other.text()).toBe('<!doctype html>')
})

test('without a built UI it is said how to build it', async () => {
  const ask = await serve(join(tmpdir(), 'redline-no-ui'))
  const answer = await ask('/')
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('npm run build')])
})
