import { Resource } from '@opentelemetry/resources'
import { NoopSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry'
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

const TRACING = new OpenTelemetryPlugin({
  resource: Resource.empty(),
  spanProcessor: new NoopSpanProcessor(),
})

test.each([
  ['without traces', []],
  ['with traces, which they began without', [TRACING]],
])('workflows that were begun by earlier versions go on with this one, %s', async (_how, plugins) => {
  const workflowBundle = await bundleWorkflows(plugins)
  const files = readdirSync(FOLDER)
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) {
    const history = proto.temporal.api.history.v1.History.decode(readFileSync(join(FOLDER, file)))
    const replay = Worker.runReplayHistory({ workflowBundle, plugins }, history, file)
    await expect(replay, file).resolves.toBeUndefined()
  }
})

test('workflows do not carry zod: each would build its schemas anew when it starts', async () => {
  expect((await bundleWorkflows()).code).not.toContain('node_modules/zod/')
})
