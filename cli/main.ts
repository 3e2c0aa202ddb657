#!/usr/bin/env node
import { Command } from 'commander'
import { addActionCommands } from './action-commands.ts'
import { alreadyTold, explainFailure } from './failure.ts'
import { addHostCommands } from './host-commands.ts'
import { addScheduleCommands } from './schedule-commands.ts'
import { addServiceCommands } from './service-commands.ts'
import { addTuningCommands } from './tuning-commands.ts'
import { addWebhookCommands } from './webhook-commands.ts'

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
addServiceCommands(program, stop.signal)
addTuningCommands(program, stop.signal)
addActionCommands(program, stop.signal)
addHostCommands(program, stop.signal)
addScheduleCommands(program, stop.signal)
addWebhookCommands(program, stop.signal)
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
