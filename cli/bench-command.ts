import type { Command } from 'commander'
import type { BenchFlags } from './bench/options.ts'
import { addBenchOptions } from './bench/options.ts'

/** Adds `bench`, which measures any OpenAI-compatible endpoint; what it needs is loaded when it runs. */
export function addBenchCommand(program: Command, signal: AbortSignal): Command {
  const bench = addBenchOptions(
    program
      .command('bench')
      .description('measure any OpenAI-compatible endpoint under load')
      .exitOverride()
      .enablePositionalOptions(),
  ).action(async (flags: BenchFlags) => {
    const { runBench } = await import('./bench/bench.ts')
    process.exitCode = await runBench(flags, signal)
  })
  bench
    .command('compare <a> <b>')
    .description('compare two result files of --json: is B better than A?')
    .option('--metric <name>', 'the metric to judge by', 'output_tokens_per_second')
    .option('--json', 'print JSON for programs')
    .exitOverride()
    .action(async (a: string, b: string, options: { metric: string; json?: boolean }) => {
      const { compareFiles } = await import('./bench/compare.ts')
      process.stdout.write(`${compareFiles(a, b, options)}\n`)
    })
  return bench
}
