import { Command } from 'commander'
import { addBenchCommand } from './bench-command.ts'
import { addSuggestCommand } from './suggest-command.ts'

/** Returns the `redline` command with those of its commands that need no service; `addServiceSide` adds the others. */
export function redlineProgram(signal: AbortSignal): Command {
  const program = new Command('redline')
    .description(
      'Finds the configuration of an LLM inference server that serves the most traffic within its latency limits, and proves it.',
    )
    .enablePositionalOptions()
    .option('--json', 'print JSON for programs')
    .option('--url <url>', 'address of the API (REDLINE_URL)')
    .exitOverride()
    .showHelpAfterError('(redline --help lists the commands)')
  addBenchCommand(program, signal)
  addSuggestCommand(program)
  return program
}
