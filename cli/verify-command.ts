import type { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { unwrap, type Report, type Schemas } from '../client/client.ts'
import { configurationKey } from '../domain/space.ts'
import { commandContext, PROJECT_OPTION, type CommandContext } from './context.ts'
import { CommandFailure } from './failure.ts'
import { colour } from './format.ts'
import { watchTuning } from './watch.ts'

type Bundle = Schemas['ReproductionBundle']
type Gain = NonNullable<Report['gain']>

/** Adds `redline verify`. */
export function addVerifyCommand(program: Command, signal: AbortSignal): void {
  program
    .command('verify <tuning>')
    .description('measure the best and the baseline of a tuning, or of a bundle in a file, again')
    .option('--pairs <n>', 'how often, in turn')
    .option(...PROJECT_OPTION)
    .action(async (tuning: string, options: { pairs?: string }, command: Command) => {
      const context = await commandContext(command, signal)
      const bundle = await readBundle(context, tuning)
      const { client, baseUrl, json, project } = context
      if (bundle.verification === null)
        throw new CommandFailure(
          'the best of this tuning is its baseline: there is nothing to set against it',
        )
      const { verification } = bundle
      const body = {
        ...verification,
        confirmation: {
          pairs: options.pairs === undefined ? verification.confirmation.pairs : Number(options.pairs),
        },
      }
      const { id } = await unwrap(
        baseUrl,
        client.POST('/api/v1/tunings', { body, params: { query: { project } } }),
      )
      if (!json) process.stderr.write(`${id}  ${verification.name}  ${baseUrl}/tunings/${id}\n`)
      const finished = await watchTuning({ client, baseUrl, id, json, signal })
      if (finished.state !== 'completed')
        throw new CommandFailure(`the verification is ${finished.state}: ${finished.message ?? ''}`)
      const report = await unwrap(
        baseUrl,
        client.GET('/api/v1/tunings/{id}/report', { params: { path: { id } } }),
      )
      const holds = reproduced(bundle, report)
      if (json)
        process.stdout.write(
          `${JSON.stringify({ claimed: bundle.gain, measured: report.gain, holds, report })}\n`,
        )
      else process.stdout.write(`\n${verdictText(bundle.gain, report, holds)}\n`)
      if (!holds) throw new CommandFailure('the outcome was not reproduced')
    })
}

/**
 * A gain is reproduced when it is a gain of the same configuration again, met the limits, and the intervals of both share a
 * value; a best that alone held in every run, when it does so again.
 */
export function reproduced(
  { verdict: said, gain: claimed, best }: Pick<Bundle, 'verdict' | 'gain' | 'best'>,
  { verdict, gain, constraintsHold, best: found }: Report,
): boolean {
  if (found !== null && configurationKey(found.configuration) !== configurationKey(best)) return false
  if (said === 'only_feasible') return verdict === 'only_feasible'
  if (gain?.low == null || gain.high === null || gain.low <= 1 || constraintsHold === false) return false
  if (claimed?.low == null || claimed.high === null) return true
  return gain.low <= claimed.high && gain.high >= claimed.low
}

function verdictText(claimed: Gain | null, { gain, headline }: Report, holds: boolean): string {
  return [
    `then  ${gainText(claimed)}`,
    `now   ${gainText(gain)}`,
    holds ? colour.good('reproduced') : colour.bad('not reproduced'),
    headline,
  ].join('\n')
}

function gainText(gain: Gain | null): string {
  if (gain === null) return 'not confirmed'
  const { ratio, low, high, pairs } = gain
  const interval = low === null || high === null ? 'no interval' : `${low.toFixed(3)} to ${high.toFixed(3)}`
  return `x ${ratio.toFixed(3)}  (${interval}, ${pairs} pairs)`
}

async function readBundle({ client, baseUrl }: CommandContext, tuning: string): Promise<Bundle> {
  const text = tuning.includes('.') ? await readFile(tuning, 'utf8').catch(() => null) : null
  if (text === null)
    return unwrap(baseUrl, client.GET('/api/v1/tunings/{id}/bundle', { params: { path: { id: tuning } } }))
  const bundle: unknown = JSON.parse(text)
  if (!isBundle(bundle))
    throw new CommandFailure(`${tuning} is no bundle: redline report ID --format bundle writes one`)
  return bundle
}

/** What is in it otherwise the API checks when the verification is started. */
function isBundle(value: unknown): value is Bundle {
  return typeof value === 'object' && value !== null && 'verification' in value && 'gain' in value
}
