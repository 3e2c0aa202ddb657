#!/usr/bin/env node
import { Command } from 'commander'
import { alreadyTold, explainFailure } from './failure.ts'
import { addSuggestCommand } from './suggest-command.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())

const program = new Command('redline')
  .description(
    'Finds the configuration of an LLM inference server that serves the most traffic within its latency limits, and proves it.',
  )
  .option('--json', 'print JSON for programs')
  .option('--url <url>', 'address of the API (REDLINE_URL)')
  .exitOverride()
  .showHelpAfterError('(redline --help lists the commands)')
addSuggestCommand(program)
// What the other commands need takes a second to load; a program that asks the search should not wait for it.
if (process.argv[2] !== 'suggest') (await import('./commands.ts')).addCommands(program, stop.signal)
for (const command of program.commands.flatMap((group) => [group, ...group.commands])) {
  command
    .exitOverride()
    .option('--json', 'print JSON for programs')
    .option('--url <url>', 'address of the API (REDLINE_URL)')
}

try {
  await program.parseAsync()
} catch (error) {
  if (alreadyTold(error)) process.exitCode = error.exitCode
  else {
    if (!stop.signal.aborted) process.stderr.write(`redline: ${explainFailure(error)}\n`)
    process.exitCode = stop.signal.aborted ? 130 : 1
  }
}
