import proto from '@temporalio/proto'
import { Worker } from '@temporalio/worker'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundleWorkflows } from './worker.ts'

/**
 * Histories that earlier versions wrote: tunings that run while Redline is deployed anew go on from such. To add those
 * of this version: REDLINE_SAVE_HISTORIES=temporal/histories npx vitest run tests/control.test.ts
 */
const FOLDER = join(import.meta.dirname, 'histories')

test('workflows that were begun by earlier versions go on with this one', async () => {
  const workflowBundle = await bundleWorkflows()
  const files = readdirSync(FOLDER)
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) {
    const history = proto.temporal.api.history.v1.History.decode(readFileSync(join(FOLDER, file)))
    await expect(Worker.runReplayHistory({ workflowBundle }, history, file), file).resolves.toBeUndefined()
  }
})

test('workflows do not carry zod: each would build its schemas anew when it starts', async () => {
  expect((await bundleWorkflows()).code).not.toContain('node_modules/zod/')
})
