import { join } from 'node:path'
import { createRedlineClient, unwrap } from '../client/client.ts'
import { runningService } from '../service/running-service.ts'
import type { Service } from '../service/up.ts'
import { untilAborted, type CommandContext } from './context.ts'
import { CommandFailure } from './failure.ts'
import { colour } from './format.ts'
import { reportText } from './report-text.ts'
import { addresses } from './service-commands.ts'
import { readSpec } from './tuning-commands.ts'
import { watchTuning } from './watch.ts'

const DEMO_FILE = join(import.meta.dirname, '../examples/demo.yaml')

/**
 * Starts the service unless it runs already, tunes the demo's request, shows the progress and prints the report with
 * the addresses. The service stays up until Ctrl-C, or stops with `exit`.
 */
export async function runDemo(
  { settings, json, signal }: CommandContext,
  options: { exit?: boolean; file?: string },
  start: () => Promise<Service>,
): Promise<void> {
  const running = await runningService(settings)
  const startedMs = performance.now()
  const service = running === null ? await start() : null
  const stages = [`service started in ${seconds(startedMs)}`]
  const apiUrl = service?.apiUrl ?? running?.apiUrl ?? ''
  const client = createRedlineClient(apiUrl)

  try {
    const body = await readSpec(options.file ?? DEMO_FILE)
    const { id, name } = await unwrap(apiUrl, client.POST('/api/v1/tunings', { body }))
    process.stderr.write(`\n${colour.bold(name)}  ${apiUrl}/tunings/${id}\n`)
    const tuningMs = performance.now()
    const tuning = await watchTuning({ client, baseUrl: apiUrl, id, signal, json: false })
    stages.push(`tuned in ${seconds(tuningMs)}`)
    if (tuning.state !== 'completed')
      throw new CommandFailure(`the tuning is ${tuning.state}: ${tuning.message ?? ''}`)
    const report = await unwrap(
      apiUrl,
      client.GET('/api/v1/tunings/{id}/report', { params: { path: { id } } }),
    )
    const links = [
      addresses({ apiUrl, temporalUiUrl: null }),
      `This tuning  ${apiUrl}/tunings/${id}`,
      `In Temporal  ${tuning.temporalUrl ?? '–'}`,
    ]
    process.stdout.write(
      json ? `${JSON.stringify(report, null, 2)}\n` : `\n${reportText(report)}\n\n${links.join('\n')}\n`,
    )
    process.stderr.write(`\n${colour.dim(`${stages.join(', ')}; ${seconds(startedMs)} in all`)}\n`)
    if (service !== null && options.exit !== true && !signal.aborted) {
      process.stderr.write('\nThe service stays up; Ctrl-C stops it.\n')
      await untilAborted(signal)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    if (service !== null) {
      process.stderr.write('stopping\n')
      await service.stop()
    }
  }
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`
}
