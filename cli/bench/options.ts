import { Option, type Command } from 'commander'
import { CommandFailure } from '../failure.ts'

/** The flags of `redline bench` as commander hands them over: text, not looked at yet. */
export interface BenchFlags {
  baseUrl: string
  model?: string
  endpointType: string
  maxConcurrency?: string
  requestRate?: string
  burstiness?: string
  arrivals?: string
  rampUpStrategy?: string
  rampUpStartRps?: string
  rampUpEndRps?: string
  burstOn?: string
  burstOff?: string
  replay?: boolean
  speedUp?: string
  exactCount?: boolean
  numPrompts?: string
  duration?: string
  warmup?: string
  stagger?: string
  repeats?: string
  datasetName: string
  datasetPath?: string
  randomInputLen: string
  randomOutputLen: string
  randomRangeRatio?: string
  prefixRepetitionPrefixLen: string
  prefixRepetitionSuffixLen: string
  prefixRepetitionNumPrefixes: string
  prefixRepetitionOutputLen: string
  turns: string
  think?: string
  ignoreEos?: boolean
  stream: boolean
  extraBody?: string
  seed: string
  calibrate?: boolean
  tokenizer?: string
  goodput?: string[]
  attainment: string
  slo?: string[]
  header?: string[]
  apiKey?: string
  insecure?: boolean
  timeout: string
  connectTimeout?: string
  ttftTimeout?: string
  idleTimeout?: string
  threads?: string
  json?: string
  requests?: string
  label?: string
  capacity?: string
  capacityOf?: string
  precision?: string
}

/** Flags of `vllm bench serve` that are not here, with what is in their place. */
const ELSEWHERE = {
  backend: '--endpoint-type chat or completions says what is asked',
  endpoint: '--endpoint-type chat or completions says what is asked, at --base-url',
  host: '--base-url names the server',
  port: '--base-url names the server',
  'save-result': '--json FILE writes the result',
  'save-detailed': '--requests FILE writes every request',
  'result-dir': '--json FILE writes the result',
  'result-filename': '--json FILE writes the result',
  'percentile-metrics': 'all latencies are told',
  'metric-percentiles': 'p50, p90, p95 and p99 are told',
  'num-warmups': '--warmup N sends so many requests before',
}

function refuseElsewhere(command: Command): Command {
  for (const [name, hint] of Object.entries(ELSEWHERE))
    command.addOption(new Option(`--${name} [value]`).hideHelp()).on(`option:${name}`, () => {
      throw new CommandFailure(`there is no --${name} here: ${hint}`)
    })
  return command
}

/** Adds the flags; those of `vllm bench serve` have its names and meanings. */
export function addBenchOptions(command: Command): Command {
  return refuseElsewhere(command)
    .option('--base-url <url>', 'the server, with or without /v1', 'http://127.0.0.1:8000')
    .option('--model <name>', "the model to ask for; the server's first one when left out")
    .option('--endpoint-type <type>', 'chat or completions', 'chat')
    .option('--header <header...>', 'sent with every request: NAME=VALUE or "Name: value"')
    .addOption(new Option('--api-key <key>', 'sent as a bearer token').env('OPENAI_API_KEY'))
    .option('--insecure', 'accept any TLS certificate')
    .optionsGroup('Load:')
    .option('--max-concurrency <n>', 'so many streams kept busy; with a rate, a cap on requests in flight')
    .option('--request-rate <rps>', 'requests per second, whatever is in flight; inf for none')
    .option('--burstiness <k>', 'shape of gamma arrivals: 1 is Poisson, less is burstier')
    .option('--arrivals <kind>', 'poisson, constant or gamma')
    .option('--exact-count', 'stretch the schedule so that the last of n requests is due at n / rate')
    .option('--ramp-up-strategy <shape>', 'linear or exponential, with:')
    .option('--ramp-up-start-rps <rps>', 'the rate that a ramp begins with')
    .option('--ramp-up-end-rps <rps>', 'the rate that it ends with')
    .option('--burst-on <duration>', 'send in bursts: so long at the rate')
    .option('--burst-off <duration>', 'and so long nothing')
    .option('--replay', 'send at the times of the dataset')
    .option('--speed-up <factor>', 'replay so many times faster')
    .option('--num-prompts <n>', 'send exactly so many requests, warm-up aside (100 without --duration)')
    .option('--duration <time>', 'send for so long: 30s, 2m, or seconds')
    .option('--warmup <n or time>', 'requests, or time, before what is measured', '0')
    .option('--stagger <time>', 'the streams begin over this time')
    .option('--repeats <n>', 'runs, each with prompts of its own', '1')
    .option('--threads <n>', 'threads that send; as many as the load seems to need')
    .optionsGroup('Requests:')
    .option(
      '--dataset-name <name>',
      'random, prefix_repetition, multi-turn, sharegpt, mooncake, burstgpt or requests',
      'random',
    )
    .option('--dataset-path <file>', 'the file of sharegpt, mooncake, burstgpt or requests')
    .option(
      '--random-input-len <tokens>',
      'n, min-max, normal:MEAN,DEVIATION, lognormal:MEDIAN,SIGMA[,MAX] or histogram:TOKENS=WEIGHT,...',
      '1024',
    )
    .option('--random-output-len <tokens>', 'the same for answers', '128')
    .option('--random-range-ratio <q>', 'lengths uniform in [(1-q)n, (1+q)n]')
    .option('--prefix-repetition-prefix-len <tokens>', 'shared by a group', '256')
    .option('--prefix-repetition-suffix-len <tokens>', 'unique to a request', '256')
    .option('--prefix-repetition-num-prefixes <n>', 'groups', '10')
    .option('--prefix-repetition-output-len <tokens>', 'of each answer', '128')
    .option('--turns <n or min-max>', 'of each conversation of multi-turn', '4')
    .option('--think <time>', 'from an answer to the next turn')
    .option('--ignore-eos', 'generate to the asked length')
    .option('--no-stream', 'ask for whole answers')
    .option('--extra-body <json>', 'further fields of each request; null takes one out')
    .option('--seed <n>', 'of arrivals, lengths and words', '0')
    .option(
      '--tokenizer <folder>',
      'with a tokenizer.json: sizes prompts and counts answers where the server does not',
    )
    .option('--calibrate', 'find prompt lengths by two requests before, for servers that have no /tokenize')
    .optionsGroup('Limits:')
    .option('--goodput <limit...>', 'what a request must meet: ttft:200 tpot:50 e2el:3000 itl:100, in ms')
    .option('--attainment <share>', 'the share of requests that must meet --goodput', '0.9')
    .option('--slo <limit...>', 'limits on figures: "ttft_p99_ms <= 500"')
    .option('--timeout <time>', 'a request that takes longer has failed', '600s')
    .option('--connect-timeout <time>', 'for a connection (10s)')
    .option('--ttft-timeout <time>', 'for the first token')
    .option('--idle-timeout <time>', 'for the next byte')
    .optionsGroup('Output:')
    .option('--json <file>', 'write the result; - for standard output')
    .option('--requests <file>', 'write every request as a line of JSON, in order of sending')
    .option('--label <text>', 'kept with the result')
    .optionsGroup('Capacity:')
    .option('--capacity <up to>', 'search for the highest load at which --goodput holds, up to this one')
    .option('--capacity-of <load>', 'concurrency (default), or rate for requests per second')
    .option('--precision <share>', 'relative width of the interval at which the search ends (0.05)')
}
