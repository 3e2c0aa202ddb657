import type { Command } from 'commander'
import { commandContext, writeOut } from './context.ts'
import { CommandFailure } from './failure.ts'
import { fetchFile } from './fetch-file.ts'

/** Adds `redline export`. */
export function addExportCommand(program: Command, signal: AbortSignal): void {
  program
    .command('export <id>')
    .description(
      'write results: the best configuration, the report, all experiments, or the request records of one',
    )
    .option('--what <what>', 'best, report, experiments, requests', 'best')
    .option(
      '--format <format>',
      'of the best configuration: command, json, yaml, compose, kubernetes, helm',
      'command',
    )
    .option('--experiment <n>', 'whose request records')
    .option('--out <file>', 'a file in place of standard output')
    .action(
      async (
        id: string,
        options: { what: string; format: string; experiment?: string; out?: string },
        command: Command,
      ) => {
        const { baseUrl, json } = await commandContext(command, signal)
        const answer = await fetchExport(baseUrl, `tunings/${encodeURIComponent(id)}`, {
          ...options,
          format: json ? 'json' : options.format,
        })
        await writeOut(answer, options.out)
      },
    )
}

async function fetchExport(
  baseUrl: string,
  tuning: string,
  { what, format, experiment }: { what: string; format: string; experiment?: string },
): Promise<Buffer> {
  const paths: Record<string, string> = {
    best: `${tuning}/best?format=${encodeURIComponent(format)}`,
    report: `${tuning}/report`,
    experiments: `${tuning}/experiments`,
    requests: `${tuning}/experiments/${experiment ?? ''}/requests`,
  }
  const path = paths[what]
  if (path === undefined)
    throw new CommandFailure(`--what ${what}: expected ${Object.keys(paths).join(', ')}`)
  if (what === 'requests' && experiment === undefined)
    throw new CommandFailure('--what requests needs --experiment <n>')
  return fetchFile(baseUrl, path)
}
