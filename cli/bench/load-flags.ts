import { CommandFailure } from '../failure.ts'
import type { BenchFlags } from './options.ts'

const SEARCH = ['--capacity-of', '--precision']
const RAMP = ['--ramp-up-strategy', '--ramp-up-start-rps', '--ramp-up-end-rps']
/** What each load goes by, beside `--max-concurrency`. */
const USED = {
  'a search for the capacity': SEARCH,
  'a search for the highest rate': [...SEARCH, '--arrivals'],
  'a replay': ['--replay', '--speed-up', '--warmup'],
  'a ramp': [...RAMP, '--arrivals', '--warmup'],
  'a load of bursts': ['--request-rate', '--burst-on', '--burst-off', '--arrivals', '--warmup'],
  'a rate': ['--request-rate', '--burstiness', '--arrivals', '--exact-count', '--warmup'],
  'a load without a rate': ['--stagger', '--warmup'],
} satisfies Record<string, string[]>

/**
 * Refuses what the load that the flags choose makes no use of: dropped in silence it would give figures of another load.
 *
 * @throws {CommandFailure} naming the flags.
 */
export function refuseUnused(flags: BenchFlags): void {
  const kind = kindOf(flags)
  const used: string[] = USED[kind]
  const unused = given(flags).filter((flag) => !used.includes(flag))
  if (unused.length > 0) throw new CommandFailure(`${kind} makes no use of ${unused.join(', ')}`)
  const { burstiness, arrivals } = flags
  // A burstiness of 1 is Poisson by another name.
  const other = arrivals === 'constant' || (arrivals === 'poisson' && Number(burstiness) !== 1)
  if (burstiness !== undefined && other)
    throw new CommandFailure(`--burstiness shapes gamma arrivals: leave out --arrivals ${arrivals}`)
}

/** Tells a rate from none and from infinitely many requests a second. */
export function isRate(text: string | undefined): text is string {
  return text !== undefined && !/^inf(inity)?$/i.test(text)
}

/** The flags given that shape a load. */
function given(flags: BenchFlags): string[] {
  const values = {
    '--request-rate': isRate(flags.requestRate) ? flags.requestRate : undefined,
    '--burstiness': flags.burstiness,
    '--arrivals': flags.arrivals,
    '--exact-count': flags.exactCount,
    '--ramp-up-strategy': flags.rampUpStrategy,
    '--ramp-up-start-rps': flags.rampUpStartRps,
    '--ramp-up-end-rps': flags.rampUpEndRps,
    '--burst-on': flags.burstOn,
    '--burst-off': flags.burstOff,
    '--replay': flags.replay,
    '--speed-up': flags.speedUp,
    '--stagger': flags.stagger,
    '--warmup': flags.warmup === '0' ? undefined : flags.warmup,
    '--capacity-of': flags.capacityOf,
    '--precision': flags.precision,
  }
  return Object.entries(values).flatMap(([flag, value]) => (value === undefined ? [] : [flag]))
}

function kindOf(flags: BenchFlags): keyof typeof USED {
  if (flags.capacity !== undefined)
    return flags.capacityOf === 'rate' ? 'a search for the highest rate' : 'a search for the capacity'
  if (flags.replay === true) return 'a replay'
  if (flags.rampUpStrategy !== undefined) return 'a ramp'
  if (flags.burstOn !== undefined || flags.burstOff !== undefined) return 'a load of bursts'
  return isRate(flags.requestRate) ? 'a rate' : 'a load without a rate'
}
