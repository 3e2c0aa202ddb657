import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { serviceMessages } from '../cli/service-messages.ts'
import { ensureDatabase, preparePostgres } from '../components/embedded-postgres.ts'
import { ensureComponents } from '../components/ensure.ts'
import { freePort } from '../runtimes/ports.ts'
import { cacheFolder } from '../service/host.ts'
import { supervise } from '../service/supervise.ts'

declare module 'vitest' {
  interface ProvidedContext {
    temporalCli: string
    llamaServer: string
    model: string
    cacheDir: string
    databaseUrl: string
  }
}

/** Finds or fetches the real components once for the whole run, and starts one PostgreSQL for the tests of queries. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cacheDir = cacheFolder(process.env)
  const messages = serviceMessages()
  messages.tell({ kind: 'step', text: 'looking for Temporal, PostgreSQL, llama-server and the model' })
  const found = await ensureComponents(['postgres', 'temporal', 'model', 'llama-server'], {
    env: process.env,
    cacheDir,
    onProgress: (progress) => messages.tell({ kind: 'component', progress }),
  })
  for (const component of Object.values(found)) messages.tell({ kind: 'found', found: component })
  messages.done()

  const folder = await mkdtemp(join(tmpdir(), 'redline-tests-'))
  const postgres = await preparePostgres({
    binDir: found.postgres.path,
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    env: process.env,
  })
  const { databaseUrl, env, ...command } = postgres
  const server = supervise(
    { ...command, name: 'postgres', env: { ...process.env, ...env }, logFile: join(folder, 'postgres.log') },
    (how) => process.stderr.write(`PostgreSQL ${how}\n`),
  )
  await ensureDatabase(databaseUrl)

  project.provide('temporalCli', found.temporal.path)
  project.provide('llamaServer', found['llama-server'].path)
  project.provide('model', found.model.path)
  project.provide('cacheDir', cacheDir)
  project.provide('databaseUrl', databaseUrl)
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
