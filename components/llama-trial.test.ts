import { readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test, vi } from 'vitest'
import { processIdentity } from '../runtimes/process-table.ts'
import { writeFakeLlamaServer } from './fake-llama-server.ts'
import type { FakeBehaviour } from './fake-llama-server.ts'
import { llamaTrial, tryCompletion } from './llama-trial.ts'
import { searchWith } from './testing.ts'

// Starting processes takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

async function prepare(behaviour: FakeBehaviour, signal?: AbortSignal) {
  const search = await searchWith(process.env, signal)
  const binary = join(search.cacheDir, 'server')
  const model = join(search.cacheDir, 'model.gguf')
  await writeFakeLlamaServer(binary, behaviour)
  await writeFile(model, 'GGUF')
  return { search, binary, model }
}

const pidOf = async (binary: string) =>
  Number.parseInt(await readFile(`${binary}.pid`, 'utf8').catch(() => '0'))

test('the real server passes with the real model', async () => {
  await tryCompletion(inject('llamaServer'), inject('model'), await searchWith(process.env))
})

test('a server that completes passes, and is gone afterwards', async () => {
  const { search, binary, model } = await prepare('works')
  await tryCompletion(binary, model, search)
  expect(processIdentity(await pidOf(binary))).toBeNull()
})

test('a server that dies of an illegal instruction at its first token fails, with that reason', async () => {
  const { search, binary, model } = await prepare('illegal-instruction')
  await expect(tryCompletion(binary, model, search)).rejects.toThrow(/SIGILL \(it uses instructions/)
})

test('a server that exits at once fails with what it said', async () => {
  const { search, binary, model } = await prepare('exits-at-once')
  await expect(tryCompletion(binary, model, search)).rejects.toThrow(
    'exited with code 1:\nerror: failed to load',
  )
})

test('a server that completes nothing fails, and is gone afterwards', async () => {
  const { search, binary, model } = await prepare('no-tokens')
  await expect(tryCompletion(binary, model, search)).rejects.toThrow('completed nothing: HTTP 200')
  expect(processIdentity(await pidOf(binary))).toBeNull()
})

test('a port that another program took in the meantime is replaced by another', async () => {
  const { search, binary, model } = await prepare('port-taken-once')
  await tryCompletion(binary, model, search)
  expect((await readFile(`${binary}.pid`, 'utf8')).trim().split('\n')).toHaveLength(2)
})

test('settings of llama.cpp in the environment do not change the trial', async () => {
  const { search, binary, model } = await prepare('works')
  await tryCompletion(binary, model, { ...search, env: { ...process.env, LLAMA_ARG_MODEL: '/other.gguf' } })
})

test('an abort ends the trial and leaves no server', async () => {
  const controller = new AbortController()
  const { search, binary, model } = await prepare('hangs', controller.signal)
  const trial = tryCompletion(binary, model, search)
  await expect.poll(async () => (await pidOf(binary)) > 0).toBe(true)
  controller.abort(new Error('enough'))
  await expect(trial).rejects.toThrow('enough')
  expect(processIdentity(await pidOf(binary))).toBeNull()
})

test('a recorded trial holds for this very file only', async () => {
  const { search, binary } = await prepare('works')
  expect(await llamaTrial.passed(binary, search)).toBe(false)
  await llamaTrial.record(binary, search)
  expect(await llamaTrial.passed(binary, search)).toBe(true)
  await utimes(binary, new Date(0), new Date(0))
  expect(await llamaTrial.passed(binary, search)).toBe(false)
})
