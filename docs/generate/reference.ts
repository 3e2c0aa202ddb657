import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiPage } from './api.ts'
import { cliPage } from './cli.ts'
import { parametersPage } from './engines.ts'
import { metricsPage, outcomesPage } from './metrics.ts'
import { settingsPage } from './settings.ts'
import { specPage } from './spec.ts'

/** Every page of the reference, by the name of its file, in order of reading. */
const PAGES = {
  cli: cliPage,
  spec: specPage,
  metrics: metricsPage,
  parameters: parametersPage,
  outcomes: outcomesPage,
  settings: settingsPage,
  api: apiPage,
}

/** Writes the reference into a folder from the code that it is about. */
export async function writeReference(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [name, write] of Object.entries(PAGES)) await writeFile(join(folder, `${name}.md`), write())
}

if (import.meta.main) await writeReference(join(import.meta.dirname, '../reference'))
