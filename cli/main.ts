import { Command, CommanderError } from 'commander'
import { addBenchCommand } from './bench-command.ts'
import { addSuggestCommand } from './suggest-command.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())

const program = new Command('redline')
  .description(
    'Finds the configuration of an LLM inference server that serves the most traffic within its latency limits, and proves it.',
  )
  .enablePositionalOptions()
  .option('--json', 'print JSON for programs')
  .option('--url <url>', 'address of the API (REDLINE_URL)')
  .exitOverride()
  .showHelpAfterError('(redline --help lists the commands)')
addBenchCommand(program, stop.signal)
addSuggestCommand(program)
// The other commands bring the service along, which takes longer to load than these two to do their work.
if (!['bench', 'suggest'].includes(process.argv[2] ?? '')) {
  const { addServiceSide } = await import('./service-side.ts')
  addServiceSide(program, stop.signal)
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else {
    const { explainFailure } = await import('./explain-failure.ts')
    if (!stop.signal.aborted) process.stderr.write(`redline: ${explainFailure(error)}\n`)
    process.exitCode = stop.signal.aborted ? 130 : 1
  }
}
