import type { Command } from 'commander'
import { unwrap } from '../client/client.ts'
import { isFinished } from '../domain/tuning-state.ts'
import { commandContext, writeOut, type CommandContext } from './context.ts'
import { CommandFailure } from './failure.ts'
import { fetchFile } from './fetch-file.ts'
import { OF_BEFORE, reportText } from './report-text.ts'

/** Where the API has each form; `text` is written here. */
const FORMATS: Record<string, string> = {
  html: 'report.html',
  md: 'report.md',
  json: 'report',
  command: 'best?format=command',
  compose: 'best?format=compose',
  k8s: 'best?format=kubernetes',
  helm: 'best?format=helm',
  bundle: 'bundle',
}
const NAMES = ['text', ...Object.keys(FORMATS)]
/** What `--json` goes with; it makes JSON of the text. */
const JSON_FORMATS = ['text', 'json', 'bundle']

/** Adds `redline report`. */
export function addReportCommand(program: Command, signal: AbortSignal): void {
  program
    .command('report <id>')
    .description(
      'write the report of a finished tuning, what to deploy, or what it takes to measure it again',
    )
    .option('--format <format>', NAMES.join(', '), 'text')
    .option('--out <file>', 'a file in place of standard output')
    .action(async (id: string, options: { format: string; out?: string }, command: Command) => {
      const context = await commandContext(command, signal)
      if (context.json && !JSON_FORMATS.includes(options.format))
        throw new CommandFailure(`--format ${options.format} is no JSON: leave out --json, or the format`)
      const format = context.json && options.format === 'text' ? 'json' : options.format
      const text = format === 'text' ? await asText(context, id) : await fetched(context, id, format)
      await writeOut(text, options.out)
      const { baseUrl, client } = context
      const { state } = await unwrap(
        baseUrl,
        client.GET('/api/v1/tunings/{id}', { params: { path: { id } } }),
      )
      if (!isFinished(state)) process.stderr.write(`redline: ${OF_BEFORE}\n`)
    })
}

async function asText({ client, baseUrl }: CommandContext, id: string): Promise<string> {
  const params = { path: { id } }
  return `${reportText(await unwrap(baseUrl, client.GET('/api/v1/tunings/{id}/report', { params })))}\n`
}

async function fetched({ baseUrl }: CommandContext, id: string, format: string): Promise<string> {
  const path = FORMATS[format]
  if (path === undefined) throw new CommandFailure(`--format ${format}: expected ${NAMES.join(', ')}`)
  return (await fetchFile(baseUrl, `tunings/${encodeURIComponent(id)}/${path}`)).toString()
}
