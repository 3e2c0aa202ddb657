import { parseConstraint, type RequestSlo } from '../../domain/constraint.ts'
import { durationMs } from '../../domain/duration.ts'
import { hasLogin } from '../../domain/has-login.ts'
import { check } from '../../domain/validation.ts'
import { Workload, type TokenLength } from '../../domain/workload.ts'
import type { Target } from '../../loadgen/endpoint.ts'
import type { BodyOptions } from '../../loadgen/request-body.ts'
import type { RunExtent, RunOptions } from '../../loadgen/run-options.ts'
import { CommandFailure } from '../failure.ts'
import { isRate, refuseUnused } from './load-flags.ts'
import type { BenchFlags } from './options.ts'

/** What is to be done, read from the flags. */
export interface BenchPlan {
  target: Omit<Target, 'model'> & { model: string | null }
  workload: Workload
  extent: RunExtent
  body: BodyOptions
  timeouts: NonNullable<RunOptions['timeouts']>
  slo: RequestSlo
  attainment: number
  constraints: string[]
  repeats: number
  threads: number | null
  seed: number
  calibrate: boolean
  tokenizer: string | null
}

const SLO_NAMES: Record<string, keyof RequestSlo> = {
  ttft: 'ttft',
  tpot: 'tpot',
  itl: 'itl',
  e2e: 'e2e',
  e2el: 'e2e',
  scheduled_ttft: 'scheduled_ttft',
}
const DEFAULT_PROMPTS = 100
const FORMATS = {
  sharegpt: 'sharegpt',
  mooncake: 'mooncake',
  burstgpt: 'burstgpt',
  requests: 'requests',
  custom: 'requests',
}

/** Reads the flags; throws a {@link CommandFailure} that names the flag which makes no sense. */
export function readBenchFlags(flags: BenchFlags): BenchPlan {
  if (hasLogin(flags.baseUrl))
    throw new CommandFailure(
      '--base-url: put no user name or password in the address; --header "Authorization: Basic ..." or --api-key sends them',
    )
  // It would be dropped: the paths of the API are put after the address.
  if (/[?#]/.test(flags.baseUrl))
    throw new CommandFailure('--base-url: put no query into the address, nor a fragment')
  const duration = flags.duration === undefined ? null : time('--duration', flags.duration)
  const numPrompts = flags.numPrompts === undefined ? null : whole('--num-prompts', flags.numPrompts, 1)
  const requests = numPrompts ?? (duration === null ? DEFAULT_PROMPTS : null)
  const warmup = flags.warmup ?? '0'
  const warmupIsCount = /^\d+$/.test(warmup)
  const { data: workload, errors } = check(Workload, {
    prompts: readPrompts(flags),
    load: readLoad(flags, requests),
    duration: `${Math.max(1, duration ?? 30_000)}ms`,
    // Only a search for the capacity goes by this; other runs have their own extent.
    warmup: '1s',
    requestTimeout: `${time('--timeout', flags.timeout)}ms`,
    endpoint: endpointOf(flags.endpointType),
    seed: whole('--seed', flags.seed, 0),
  })
  if (errors !== null)
    throw new CommandFailure(errors.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n'))
  return {
    target: {
      baseUrl: flags.baseUrl,
      model: flags.model ?? null,
      headers: readHeaders(flags),
      ...(flags.insecure === true ? { insecure: true } : {}),
    },
    workload,
    extent: {
      requests,
      durationMs: duration,
      warmupRequests: warmupIsCount ? Number(warmup) : 0,
      warmupMs: warmupIsCount ? 0 : time('--warmup', warmup),
      staggerMs: flags.stagger === undefined ? undefined : time('--stagger', flags.stagger),
    },
    body: {
      ignoreEos: flags.ignoreEos === true,
      stream: flags.stream,
      ...(flags.extraBody === undefined ? {} : { extra: readExtraBody(flags.extraBody) }),
    },
    timeouts: {
      ...timeout('connectMs', '--connect-timeout', flags.connectTimeout),
      ...timeout('firstTokenMs', '--ttft-timeout', flags.ttftTimeout),
      ...timeout('idleMs', '--idle-timeout', flags.idleTimeout),
    },
    slo: readGoodput(flags.goodput ?? []),
    attainment: number('--attainment', flags.attainment, 0, 1),
    constraints: (flags.slo ?? []).map(readConstraint),
    repeats: whole('--repeats', flags.repeats ?? '1', 1),
    threads: flags.threads === undefined ? null : whole('--threads', flags.threads, 1),
    seed: whole('--seed', flags.seed, 0),
    calibrate: flags.calibrate === true,
    tokenizer: flags.tokenizer ?? null,
  }
}

function endpointOf(type: string): string {
  const known: Record<string, string> = {
    chat: 'chat',
    'openai-chat': 'chat',
    completions: 'completions',
    completion: 'completions',
    openai: 'completions',
  }
  const endpoint = known[type]
  if (endpoint === undefined)
    throw new CommandFailure(`--endpoint-type ${type}: expected chat or completions`)
  return endpoint
}

function readLoad(flags: BenchFlags, requests: number | null): unknown {
  const cap =
    flags.maxConcurrency === undefined ? undefined : whole('--max-concurrency', flags.maxConcurrency, 1)
  const capped = cap === undefined ? {} : { maxConcurrency: cap }
  const rate = isRate(flags.requestRate) ? number('--request-rate', flags.requestRate, 1e-6, 1e5) : null
  if (flags.capacity !== undefined) {
    if (flags.goodput === undefined)
      throw new CommandFailure('--capacity needs --goodput, the SLO that is to hold')
    const fixed = Object.entries({
      '--request-rate': flags.requestRate,
      '--max-concurrency': flags.maxConcurrency,
      '--num-prompts': flags.numPrompts,
    }).flatMap(([flag, value]) => (value === undefined ? [] : [flag]))
    if (fixed.length > 0)
      throw new CommandFailure(
        `--capacity varies the load by itself: leave out ${fixed.join(', ')} (--capacity-of says which load)`,
      )
    refuseUnused(flags)
    return {
      capacity: {
        upTo: number('--capacity', flags.capacity, 1e-6, 1e5),
        of: flags.capacityOf,
        attainment: number('--attainment', flags.attainment, 0, 1),
        precision: number('--precision', flags.precision ?? '0.05', 0.001, 1),
        ...arrivalsOf(flags),
      },
    }
  }
  refuseUnused(flags)
  if (flags.replay === true)
    return { trace: { speedUp: number('--speed-up', flags.speedUp ?? '1', 1e-6, 1e6) }, ...capped }
  if (flags.rampUpStrategy !== undefined) {
    const from = number('--ramp-up-start-rps', flags.rampUpStartRps ?? '', 1e-6, 1e5)
    const to = number('--ramp-up-end-rps', flags.rampUpEndRps ?? '', 1e-6, 1e5)
    return { ramp: { from, to, shape: flags.rampUpStrategy }, ...arrivalsOf(flags), ...capped }
  }
  if (flags.burstOn !== undefined || flags.burstOff !== undefined) {
    if (rate === null) throw new CommandFailure('bursts need --request-rate, the rate within a burst')
    if (flags.burstOn === undefined || flags.burstOff === undefined)
      throw new CommandFailure(
        'bursts need --burst-on and --burst-off: how long a burst is, and the pause after it',
      )
    const on = `${time('--burst-on', flags.burstOn)}ms`
    const off = `${time('--burst-off', flags.burstOff)}ms`
    return { bursts: { rate, on, off }, ...arrivalsOf(flags), ...capped }
  }
  if (rate !== null) {
    const burstiness =
      flags.burstiness === undefined ? undefined : number('--burstiness', flags.burstiness, 1e-6, 1e6)
    const bursty = burstiness === undefined || burstiness === 1 ? {} : { arrivals: 'gamma', burstiness }
    return {
      rate,
      ...bursty,
      ...arrivalsOf(flags),
      ...(flags.exactCount === true ? { exactCount: true } : {}),
      ...capped,
    }
  }
  // Without a rate all are sent at once, as many as may be in flight.
  return { concurrency: cap ?? Math.min(4096, requests ?? 1) }
}

function arrivalsOf({ arrivals }: BenchFlags): { arrivals?: string } {
  return arrivals === undefined ? {} : { arrivals }
}

function readPrompts(flags: BenchFlags): unknown {
  const name = flags.datasetName
  if (name === 'random')
    return {
      synthetic: {
        inputTokens: tokens('--random-input-len', flags.randomInputLen, flags.randomRangeRatio),
        outputTokens: tokens('--random-output-len', flags.randomOutputLen, flags.randomRangeRatio),
      },
    }
  if (name === 'prefix_repetition')
    return {
      prefixGroups: {
        groups: whole('--prefix-repetition-num-prefixes', flags.prefixRepetitionNumPrefixes, 1),
        prefixTokens: whole('--prefix-repetition-prefix-len', flags.prefixRepetitionPrefixLen, 1),
        suffixTokens: whole('--prefix-repetition-suffix-len', flags.prefixRepetitionSuffixLen, 1),
        outputTokens: tokens('--prefix-repetition-output-len', flags.prefixRepetitionOutputLen),
      },
    }
  if (name === 'multi-turn') {
    const [, min, max] = /^(\d+)(?:-(\d+))?$/.exec(flags.turns) ?? []
    if (min === undefined || Number(min) > Number(max ?? min))
      throw new CommandFailure(`--turns ${flags.turns}: expected n or min-max`)
    return {
      multiTurn: {
        turns: max === undefined ? Number(min) : { min: Number(min), max: Number(max) },
        inputTokens: tokens('--random-input-len', flags.randomInputLen, flags.randomRangeRatio),
        outputTokens: tokens('--random-output-len', flags.randomOutputLen, flags.randomRangeRatio),
        ...(flags.think === undefined ? {} : { think: `${time('--think', flags.think)}ms` }),
      },
    }
  }
  const format = Object.entries(FORMATS).find(([known]) => known === name)?.[1]
  if (format === undefined)
    throw new CommandFailure(
      `--dataset-name ${name}: expected random, prefix_repetition, multi-turn, ${Object.keys(FORMATS).join(', ')}`,
    )
  if (flags.datasetPath === undefined) throw new CommandFailure(`--dataset-name ${name} needs --dataset-path`)
  return { dataset: { format, file: flags.datasetPath } }
}

function tokens(flag: string, text: string, ratio?: string): TokenLength {
  const [, kind, rest = ''] = /^(normal|lognormal|histogram):(.+)$/.exec(text) ?? []
  const numbers = rest
    .split(',')
    .map((part) => number(flag, kind === 'histogram' ? '1' : part || '1', 0, 1e9))
  const [first = 0, second = 0, max] = numbers
  if (kind === 'normal' && numbers.length === 2) return { normal: { mean: first, deviation: second } }
  if (kind === 'lognormal' && numbers.length >= 2)
    return { lognormal: { median: first, sigma: second, ...(max === undefined ? {} : { max }) } }
  if (kind === 'histogram') {
    const histogram = rest.split(',').map((part) => {
      const [size = '', weight = ''] = part.split('=')
      return { tokens: whole(flag, size, 1), weight: number(flag, weight, 1e-12, 1e12) }
    })
    return { histogram }
  }
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  if (from === undefined)
    throw new CommandFailure(
      `${flag} ${text}: expected n, min-max, normal:MEAN,DEVIATION, lognormal:MEDIAN,SIGMA or histogram:TOKENS=WEIGHT,...`,
    )
  const length = whole(flag, from, 1)
  if (to !== undefined) return { min: length, max: whole(flag, to, length) }
  const q = ratio === undefined ? 0 : number('--random-range-ratio', ratio, 0, 0.999999)
  if (q === 0) return length
  return { min: Math.max(1, Math.floor((1 - q) * length)), max: Math.ceil((1 + q) * length) }
}

function readHeaders({ header = [], apiKey }: BenchFlags): Record<string, string> {
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
  for (const text of header) {
    const [, name, value] = /^([^=:\s]+)\s*[=:]\s*(.*)$/.exec(text) ?? []
    if (name === undefined || value === undefined)
      throw new CommandFailure(`--header ${text}: expected NAME=VALUE or "Name: value"`)
    headers[name.toLowerCase()] = value
  }
  return headers
}

function readGoodput(limits: string[]): RequestSlo {
  const slo: RequestSlo = {}
  for (const text of limits) {
    const [, name = '', limit = ''] = /^([a-z_0-9]+):(\d+(?:\.\d+)?)$/.exec(text) ?? []
    const key = SLO_NAMES[name]
    if (key === undefined)
      throw new CommandFailure(
        `--goodput ${text}: expected ${Object.keys(SLO_NAMES).join(', ')}, a colon and milliseconds`,
      )
    slo[key] = Number(limit)
  }
  return slo
}

function readConstraint(text: string): string {
  const parsed = parseConstraint(text)
  if (typeof parsed === 'string') throw new CommandFailure(`--slo: ${parsed}`)
  return text
}

function readExtraBody(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed }
  } catch {
    // Told below.
  }
  throw new CommandFailure(`--extra-body ${text}: expected a JSON object`)
}

function timeout(name: keyof BenchPlan['timeouts'], flag: string, text: string | undefined) {
  return text === undefined ? {} : { [name]: time(flag, text) }
}

/** Reads a duration with a unit, or seconds, in milliseconds. */
function time(flag: string, text: string): number {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : durationMs(text)
  if (Number.isNaN(ms)) throw new CommandFailure(`${flag} ${text}: expected a time such as 30s, 2m or 500ms`)
  return ms
}

function whole(flag: string, text: string, least: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > 2 ** 31)
    throw new CommandFailure(`${flag} ${text}: expected a whole number from ${least} to ${2 ** 31}`)
  return value
}

function number(flag: string, text: string, least: number, greatest: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= least && value <= greatest))
    throw new CommandFailure(`${flag} ${text}: expected a number from ${least} to ${greatest}`)
  return value
}
