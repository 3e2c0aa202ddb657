import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { inspectComponents } from './doctor.ts'
import type { ComponentStatus } from './doctor.ts'
import { writeFakeLlamaServer } from './fake-llama-server.ts'
import { llamaTrial } from './llama-trial.ts'
import { searchWith, writeScript } from './testing.ts'

// Starting processes takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

async function inspectWith(
  env: NodeJS.ProcessEnv,
  rest: { cacheDir?: string; elsewhere?: { temporal?: string; postgres?: string } } = {},
): Promise<Record<string, ComponentStatus>> {
  const statuses = await inspectComponents({ env, cacheDir: await temporaryFolder(), ...rest })
  return Object.fromEntries(statuses.map((status) => [status.component, status]))
}

test('on a bare machine only what npm installed is found, and each missing component says how to supply it', async () => {
  const cacheDir = await temporaryFolder()
  const { temporal, postgres, 'llama-server': llama, model } = await inspectWith({ PATH: '' }, { cacheDir })
  expect(postgres).toMatchObject({ state: 'found', found: { layer: 'registry' } })
  expect(temporal).toMatchObject({
    state: 'missing',
    howToSupply: expect.stringContaining('REDLINE_TEMPORAL_CLI'),
  })
  expect(llama).toMatchObject({ state: 'missing', howToSupply: expect.stringContaining('LLAMA_SERVER') })
  expect(model).toMatchObject({ state: 'missing', howToSupply: expect.stringContaining('REDLINE_MODEL') })
  expect(await readdir(cacheDir)).toEqual([])
})

test('an engine that was not yet tried on this CPU is told apart', async () => {
  const search = await searchWith(process.env)
  const binary = join(await temporaryFolder(), 'llama-server')
  await writeFakeLlamaServer(binary, 'works')
  const env = { ...process.env, LLAMA_SERVER: binary }
  const before = await inspectWith(env, { cacheDir: search.cacheDir })
  expect(before['llama-server']).toMatchObject({
    state: 'found',
    found: { path: binary, version: 'b11434', layer: 'configured', detail: 'set by LLAMA_SERVER' },
    tried: false,
  })
  await llamaTrial.record(binary, search)
  const after = await inspectWith(env, { cacheDir: search.cacheDir })
  expect(after['llama-server']).toMatchObject({ tried: true })
})

test('what is configured and cannot be used is broken', async () => {
  const file = join(await temporaryFolder(), 'model')
  await writeFile(file, 'no model')
  const { model } = await inspectWith({ PATH: '', REDLINE_MODEL: file })
  expect(model).toMatchObject({
    state: 'broken',
    attempts: [{ layer: 'configured', reason: `REDLINE_MODEL is ${file}, but that is no GGUF file` }],
  })
})

test('a wrong program on PATH is named among the places', async () => {
  const folder = await temporaryFolder()
  await writeScript(join(folder, 'temporal'), 'echo other')
  const { temporal } = await inspectWith({ PATH: `${folder}:/usr/bin:/bin` })
  expect(temporal).toMatchObject({ state: 'missing' })
  expect(JSON.stringify(temporal)).toContain("does not answer as Temporal's CLI does")
})

test('services that run elsewhere are shown without their password', async () => {
  const { temporal, postgres } = await inspectWith(
    { PATH: '' },
    {
      elsewhere: {
        temporal: 'temporal.example:7233',
        postgres: 'postgresql://me:secret@db.example:5432/redline',
      },
    },
  )
  expect(temporal).toMatchObject({ state: 'elsewhere', address: 'temporal.example:7233' })
  expect(postgres).toMatchObject({
    state: 'elsewhere',
    address: 'postgresql://me:***@db.example:5432/redline',
  })
})
