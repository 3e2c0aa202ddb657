import { expect, test } from 'vitest'
import { announceHost } from '../database/hosts.ts'
import { startApi } from '../tests/api.ts'
import type { EngineView } from './views.ts'

test('an engine runs on the hosts that have it, one that Redline does not start on any', async () => {
  const api = await startApi('127.0.0.1')
  const engines = [{ kind: 'vllm', path: '/bin/vllm', version: '1' }]
  const offer = { devices: [], runtimes: ['process', 'endpoint'], labels: {}, version: '0' }
  await announceHost(api.db, { name: 'a', engines, ...offer })
  await announceHost(api.db, { name: 'b', engines: [], ...offer })
  const answer = (await (await api.send('GET', '/engines')).json()) as { engines: EngineView[] }
  const on = Object.fromEntries(
    answer.engines.map(({ kind, hosts }) => [kind, hosts.map(({ host }) => host)]),
  )
  expect(on).toMatchObject({ 'llama.cpp': [], vllm: ['a'], openai: ['a', 'b'], command: ['a', 'b'] })
})
