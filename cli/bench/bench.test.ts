import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, describe, expect, test } from 'vitest'
import { BenchResult } from '../../domain/bench-result.ts'
import { asked } from '../../loadgen/testing/chunks.ts'
import {
  completionServer,
  httpAnswer,
  type CompletionModel,
} from '../../loadgen/testing/completion-server.ts'
import { WORDS } from '../../loadgen/words.ts'
import { deadBaseUrl, scriptedServer } from '../../loadgen/testing/scripted-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'redline-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string) => join(folder, name)

/** Runs the command as a user does. */
interface Running extends Promise<{ code: number; out: string; err: string }> {
  pid?: number | undefined
  stderr?: Readable | null
}
function redline(...args: string[]): Running {
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string; err: string }>()
  const { pid, stderr } = execFile(
    process.execPath,
    [join(import.meta.dirname, '../redline.mjs'), ...args],
    (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
  )
  return Object.assign(promise, { pid, stderr })
}
const SHORT = ['--random-input-len', '8', '--random-output-len', '4']

async function bench(args: string[], model: CompletionModel = {}) {
  await using server = await completionServer(model)
  const flags = ['--base-url', server.baseUrl, '--model', 'm', ...SHORT, '--json', file('result.json')]
  const ran = await redline('bench', ...flags, ...args)
  const asks = server.requests.filter(({ path }) => path.endsWith('completions'))
  return { ...ran, asks, result: BenchResult.parse(JSON.parse(readFileSync(file('result.json'), 'utf8'))) }
}

/** Reads lines whose instants do not fit into a double. */
function readExactly(name: string): Record<string, unknown>[] {
  return readFileSync(file(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line.replace(/\b(\d{19})\b/g, '"$1"')) as Record<string, unknown>)
}

test('the requests of a search for the capacity are in order of sending too, whatever level they are of', async () => {
  await bench([
    ...['--capacity', '4', '--goodput', 'ttft:5000', '--duration', '500ms', '--threads', '1'],
    ...['--requests', file('levels.jsonl')],
  ])
  const sent = readExactly('levels.jsonl').map((line) => BigInt(String(line['t_send'])))
  expect(sent.length).toBeGreaterThan(10)
  expect(sent.toSorted((one, other) => (one < other ? -1 : 1))).toEqual(sent)
})

test('sends exactly so many requests and writes each, in order of sending, with exact instants', async () => {
  const before = BigInt(Date.now()) * 1_000_000n
  const { asks, result, out } = await bench([
    ...['--num-prompts', '50', '--max-concurrency', '4', '--requests', file('requests.jsonl')],
    ...['--goodput', 'ttft:5000', 'tpot:5000', '--seed', '7', '--ignore-eos'],
  ])
  expect(asks).toHaveLength(50)
  expect(new Set(asks.map(({ body }) => asked(body).text)).size).toBe(50)
  expect(JSON.parse(asks[0]!.body)).toMatchObject({
    model: 'm',
    max_tokens: 4,
    ignore_eos: true,
    stream: true,
  })
  const [run] = result.runs
  expect(run?.requests).toEqual({ sent: 50, succeeded: 50, failed: 0, warmup: 0 })
  expect(run?.outcomes).toEqual({ ok: 50 })
  expect(result.slo.met).toBe(true)
  expect(out).toContain('50 requests')

  const lines = readExactly('requests.jsonl')
  expect(lines).toHaveLength(50)
  let last = before
  for (const line of lines) {
    const instant = (name: string) => BigInt(String(line[name]))
    expect(instant('t_send')).toBeGreaterThanOrEqual(last)
    last = instant('t_send')
    const events = (line.t_ev as string[]).map(BigInt)
    const tokens = (line.t_tok as string[]).map(BigInt)
    // Role, four tokens, finish, usage and [DONE].
    expect([events.length, tokens.length]).toEqual([8, 4])
    expect([instant('t_1'), instant('t_n')]).toEqual([tokens[0], tokens[3]])
    const order = [
      instant('t_sched'),
      instant('t_send'),
      instant('t_head'),
      instant('t_1'),
      instant('t_n'),
      instant('t_end'),
    ]
    expect(order).toEqual([...order].sort((a, b) => Number(a - b)))
    expect(Number(instant('t_1') - instant('t_send')) / 1e6).toBeCloseTo(Number(line.ttft_ms), 5)
    expect(line).toMatchObject({ outcome: 'ok', output_tokens: 4, input_tokens: 8, phase: 'measured' })
  }
  expect(last).toBeLessThan(BigInt(Date.now()) * 1_000_000n + 1_000_000_000n)
})

test('a run that measures nothing leaves the requests of an earlier one alone', async () => {
  const kept = file('kept.jsonl')
  const args = ['--base-url', await deadBaseUrl(), '--model', 'm', ...SHORT, '--requests', kept]
  writeFileSync(kept, 'of an earlier run')
  const { code } = await redline('bench', ...args)
  expect(code).toBe(1)
  expect(readFileSync(kept, 'utf8')).toBe('of an earlier run')
  expect(readdirSync(folder).filter((name) => name.startsWith('kept'))).toEqual(['kept.jsonl'])

  // What was measured takes its place.
  await bench(['--num-prompts', '3', '--requests', kept])
  expect(readExactly('kept.jsonl')).toHaveLength(3)
})

describe('what cannot be written', () => {
  test.each([
    [
      'a folder that is not there',
      ['--json', file('nowhere/a.json')],
      `there is no folder ${file('nowhere')}`,
    ],
    ['requests in none', ['--requests', file('nowhere/a')], `there is no folder ${file('nowhere')}`],
    ['a folder', ['--json', folder], `cannot write ${folder}: it is a folder`],
    ['requests as a folder', ['--requests', folder], `cannot write ${folder}: it is a folder`],
    ['requests as a device', ['--requests', '/dev/null'], 'cannot write /dev/null: it is no regular file'],
    [
      'two in one file',
      ['--json', file('both'), '--requests', `${folder}/./both`],
      '--json and --requests name the same file',
    ],
  ])('is told before the first request: %s', async (_, args, message) => {
    await using server = await completionServer()
    const { code, err } = await redline('bench', '--base-url', server.baseUrl, ...args)
    expect(code).toBe(1)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err).toContain(message)
    expect(server.requests).toEqual([])
    expect(readdirSync(folder).filter((name) => /part|both/.test(name))).toEqual([])
  })

  test('because its folder went away meanwhile is told after the result, and the other file is written', async () => {
    const gone = file('gone')
    mkdirSync(gone)
    await using server = await completionServer({
      instead: () => {
        rmSync(gone, { recursive: true, force: true })
        return false
      },
    })
    const flags = ['--base-url', server.baseUrl, '--model', 'm', ...SHORT, '--num-prompts', '5']
    const outputs = ['--json', join(gone, 'a.json'), '--requests', file('written.jsonl')]
    const { code, out, err } = await redline('bench', ...flags, ...outputs)
    expect(code).toBe(1)
    expect(out).toContain('5 requests')
    expect(err).toMatch(/^redline: cannot write .*a\.json: there is no folder .*gone$/m)
    expect(readExactly('written.jsonl')).toHaveLength(5)
  })
})

test('a reader that stops reading ends nothing but the reading', async () => {
  await using server = await completionServer()
  const command = [join(import.meta.dirname, '../redline.mjs'), 'bench', '--base-url', server.baseUrl]
  const flags = ['--model', 'm', ...SHORT, '--num-prompts', '3', '--json', file('unread.json')]
  const child = spawn(process.execPath, [...command, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let err = ''
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  await once(child, 'close')
  expect(err).toBe('')
  expect(BenchResult.parse(JSON.parse(readFileSync(file('unread.json'), 'utf8'))).runs).toHaveLength(1)
})

describe('runs that do not come to their end', () => {
  const flags = [...SHORT, '--model', 'm', '--num-prompts', '5', '--repeats', '3', '--max-concurrency', '1']

  /** Interrupts the command when it sends this request, which is answered; interrupted once more, it is not. */
  async function interruptedAt(
    request: number,
    name: string,
    { twice, more = [] }: { twice: boolean; more?: string[] },
  ) {
    const isTold = Promise.withResolvers<void>()
    await using server = await completionServer({
      async instead(reply, at) {
        if (at !== request || running.pid === undefined) return false
        process.kill(running.pid, 'SIGINT')
        await isTold.promise
        if (!twice) return false
        process.kill(running.pid, 'SIGINT')
        return reply.closed
      },
    })
    const outputs = ['--json', file(`${name}.json`), '--requests', file(`${name}.jsonl`)]
    const running = redline('bench', '--base-url', server.baseUrl, ...flags, ...more, ...outputs)
    running.stderr?.on('data', (text: string) => text.includes('interrupt again') && isTold.resolve())
    return await running
  }

  test('end with the requests in flight when interrupted', async () => {
    const more = ['--num-prompts', '40']
    const { code, out, err } = await interruptedAt(82, 'part', { twice: false, more })
    expect(code).toBe(130)
    expect(out).toContain('Run 3 of 3')
    const result = BenchResult.parse(JSON.parse(readFileSync(file('part.json'), 'utf8')))
    // A request more may leave before the thread that sends has heard of it.
    const sent = result.runs[2]?.requests.sent ?? 0
    expect(sent).toBeGreaterThanOrEqual(3)
    expect(sent).toBeLessThan(40)
    const told = `interrupted in run 3 of 3: its figures are those of ${sent} requests sent until then`
    expect(err.trim().split('\n')).toEqual([
      'redline: ending with the requests in flight; interrupt again to give them up',
      `redline: ${told}`,
    ])
    expect(result.runs.map(({ requests }) => requests)).toMatchObject([
      { sent: 40, succeeded: 40 },
      { sent: 40, succeeded: 40 },
      { sent, succeeded: sent },
    ])
    expect(result).toMatchObject({ exitCode: 130, warnings: expect.arrayContaining([told]) })
    expect(readExactly('part.jsonl')).toHaveLength(80 + sent)
  })

  test('keep those that did when interrupted twice', async () => {
    const { code, out, err } = await interruptedAt(12, 'some', { twice: true })
    expect(code).toBe(130)
    expect(out).toContain('Run 2 of 2')
    expect(err).toContain('redline: interrupted after 2 of 3 runs')
    const result = BenchResult.parse(JSON.parse(readFileSync(file('some.json'), 'utf8')))
    expect(result.runs).toHaveLength(2)
    expect(readExactly('some.jsonl').length).toBeGreaterThanOrEqual(10)
  })

  test('say so when nothing was measured', async () => {
    const { code, err } = await interruptedAt(0, 'none-of-them', { twice: true })
    expect(code).toBe(130)
    expect(err).toContain('redline: interrupted before anything was measured: no result was written')
    expect(readdirSync(folder)).not.toContain('none-of-them.json')
  })

  test('keep those that did when the server goes away', async () => {
    const server = await completionServer({
      instead: (_, at) => at === 5 && Promise.resolve(server[Symbol.asyncDispose]()),
    })
    const { code, out, err } = await redline(
      'bench',
      '--base-url',
      server.baseUrl,
      ...flags,
      '--requests',
      file('left'),
    )
    expect(code).toBe(1)
    expect(out).toContain('5 requests')
    expect(err.trim()).toMatch(/redline: failed after [12] of 3 runs: .*\S$/)
  })
})

test('warm-up requests come before and enter no figure', async () => {
  const { asks, out, result } = await bench([
    ...['--num-prompts', '20', '--max-concurrency', '2', '--warmup', '6'],
  ])
  expect(asks).toHaveLength(26)
  expect(result.runs[0]?.requests).toMatchObject({ sent: 20, warmup: 6 })
  // Too few requests tell a percentile neither in the table nor below it.
  expect(out).toMatch(/^TTFT .*– +–$/m)
  expect(out).toMatch(/first event .*, p99 –$/m)
})

test('an open loop for a time sends what is due in it', async () => {
  const { asks, result } = await bench(['--request-rate', '50', '--arrivals', 'constant', '--duration', '1'])
  expect(asks).toHaveLength(51)
  expect(result.runs[0]?.requests.sent).toBe(51)
})

test('conversations send the answers they got', async () => {
  const { asks } = await bench([
    ...['--dataset-name', 'multi-turn', '--turns', '3', '--num-prompts', '6', '--max-concurrency', '1'],
  ])
  const roles = asks.map(({ body }) =>
    (JSON.parse(body) as { messages: { role: string }[] }).messages.map(({ role }) => role),
  )
  expect(roles.map((each) => each.length)).toEqual([1, 3, 5, 1, 3, 5])
  const last = JSON.parse(asks[2]!.body) as { messages: { role: string; content: string }[] }
  expect(last.messages[1]).toEqual({ role: 'assistant', content: 'word '.repeat(4) })
})

test('repeats send other prompts of the same lengths', async () => {
  const { asks, result } = await bench(['--num-prompts', '10', '--max-concurrency', '2', '--repeats', '2'])
  expect(new Set(asks.map(({ body }) => asked(body).text)).size).toBe(20)
  expect(result.runs).toHaveLength(2)
})

describe('a tokenizer', () => {
  /** One token a word, but two for those that begin with "ca". */
  const vocabulary = [...WORDS, 'the', 'word', 'ca', '[UNK]'].flatMap((word) =>
    word.startsWith('ca') && word !== 'ca' ? [`##${word.slice(2)}`] : [word],
  )
  writeFileSync(
    file('tokenizer.json'),
    JSON.stringify({
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: null,
      decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries([...new Set(vocabulary)].map((word, id) => [word, id])),
      },
    }),
  )

  test('sizes prompts and counts answers where the server counts nothing', async () => {
    const { asks, result } = await bench(
      ['--num-prompts', '10', '--max-concurrency', '2', '--tokenizer', folder],
      { silent: true },
    )
    for (const { body } of asks) {
      const words = asked(body).text.split(' ')
      expect(words).toHaveLength(8)
      expect(words.filter((word) => word.startsWith('ca'))).toEqual([])
    }
    expect(result.runs[0]?.measurement.tokenSource).toBe('tokenizer')
    expect(result.runs[0]?.tokens.output).toBe(10 * 4)
  })

  test('that is none is told in a line', async () => {
    const args = ['--base-url', await deadBaseUrl(), '--model', 'm', '--tokenizer', '/nowhere']
    const { code, err } = await redline('bench', ...args)
    expect([code, err.trim()]).toEqual([1, 'redline: --tokenizer: there is no tokenizer /nowhere'])
  })
})

describe('exit codes', () => {
  test('1 when the SLO is missed', async () => {
    const { code, out, result } = await bench([
      ...['--num-prompts', '20', '--max-concurrency', '2'],
      ...['--goodput', 'ttft:0.0001', '--slo', 'e2e_p50_ms <= 60000'],
    ])
    expect(result.slo.met).toBe(false)
    expect(result.clientLimited ? 2 : 1).toBe(code)
    expect(out).toContain('SLO missed  ttft <= 0.0001 ms for 90.0 % of the requests: 0 %\n')
  })

  test('1 when a limit on a figure is broken, which alone is named, with its value', async () => {
    const limits = ['--slo', 'e2e_p50_ms <= 60000', 'e2e_p50_ms <= 0.0001']
    const { code, out } = await bench(['--num-prompts', '20', '--max-concurrency', '2', ...limits])
    expect(code).toBeGreaterThan(0)
    expect(out).toMatch(/SLO missed {2}e2e_p50_ms <= 0\.0001: [\d.]+\n/)
    // There was no limit for each request that could be met.
    expect(out).not.toContain('share that met the SLO')
  })

  test('not 0 when nothing is measured, and why', async () => {
    const { code, err } = await bench(['--request-rate', '1', '--warmup', '10ms', '--duration', '10ms'])
    expect(code).toBeGreaterThan(0)
    expect(err).toContain('no request was measured: none began in the time of --duration')
  })

  test('not 0 when nothing succeeds, and every request is counted', async () => {
    const { code, err, result } = await bench(['--num-prompts', '12', '--max-concurrency', '3'], {
      instead: (reply) => reply.send(httpAnswer('404 Not Found', '{"error":{"message":"no such model"}}')),
    })
    expect(code).toBeGreaterThan(0)
    expect(result.runs[0]?.outcomes).toEqual({ http_4xx: 12 })
    expect(err).toContain('no request succeeded: 12 http_4xx')
  })
})

test.each([
  [['--num-prompts', 'x'], '--num-prompts x: expected a whole number'],
  [['--goodput', 'speed:3'], '--goodput speed:3: expected'],
  [['--slo', 'ttft_p98_ms <= 3'], 'unknown metric'],
  [['--dataset-name', 'sharegpt'], 'needs --dataset-path'],
  [['--dataset-name', 'mooncake', '--dataset-path', '/nowhere'], 'there is no file /nowhere'],
  [['--base-url', 'ftp://x'], 'not an http(s) URL'],
  [['--base-url', 'nonsense'], 'not an http(s) URL: nonsense'],
  [['--base-url', 'http://me:s3cr3t@x'], '--base-url: put no user name or password in the address'],
  [['--request-rate', '5', '--burst-on', '1s'], 'bursts need --burst-on and --burst-off'],
  [
    ['--capacity', '8', '--goodput', 'ttft:100', '--request-rate', '5', '--num-prompts', '3'],
    'leave out --request-rate, --num-prompts',
  ],
  [['--ramp-up-start-rps', '1'], 'a load without a rate makes no use of --ramp-up-start-rps'],
  [
    ['--burstiness', '2', '--exact-count'],
    'a load without a rate makes no use of --burstiness, --exact-count',
  ],
  [['--speed-up', '2', '--request-rate', '5'], 'a rate makes no use of --speed-up'],
  [['--request-rate', '5', '--arrivals', 'poisson', '--burstiness', '2'], 'leave out --arrivals poisson'],
  [
    ['--request-rate', '5', '--burst-on', '1s', '--burst-off', '1s', '--burstiness', '2'],
    'a load of bursts makes no use of --burstiness',
  ],
  [['--capacity', '8', '--goodput', 'ttft:1', '--warmup', '5'], 'capacity makes no use of --warmup'],
  [
    ['--capacity', '8', '--goodput', 'ttft:1', '--arrivals', 'constant'],
    'capacity makes no use of --arrivals',
  ],
  [
    ['--capacity', '8', '--capacity-of', 'rate', '--goodput', 'ttft:1', '--arrivals', 'gamma'],
    '/load/capacity/arrivals',
  ],
  [
    ['--request-rate', '5', '--capacity-of', 'rate', '--precision', '0.1'],
    'a rate makes no use of --capacity-of, --precision',
  ],
  [['--num-prompts', '99999999999'], 'expected a whole number from 1 to 2147483648'],
  [['--dataset-name', 'multi-turn', '--turns', '5-2'], '--turns 5-2: expected n or min-max'],
  [['--base-url', 'http://x/?key=1'], '--base-url: put no query into the address'],
  [['--backend', 'vllm'], 'there is no --backend here: --endpoint-type'],
  [['--save-result'], 'there is no --save-result here: --json FILE'],
  [['--percentile-metrics', 'ttft,tpot'], 'there is no --percentile-metrics here'],
])('%j is told in a line', async (args, message) => {
  const { code, err } = await redline('bench', '--base-url', await deadBaseUrl(), '--model', 'm', ...args)
  expect(code).toBe(1)
  expect(err.trim().split('\n')).toHaveLength(1)
  expect(err).toContain(message)
})

test('a server that is not there is told in a line', async () => {
  const { code, err } = await redline('bench', '--base-url', await deadBaseUrl(), '--model', 'm')
  expect([code, err.trim().split('\n').length]).toEqual([1, 1])
  expect(err).toContain('no answer from')
})

test('a server that dies half way leaves every request with an outcome', async () => {
  let answered = 0
  const server = await scriptedServer(async (reply, { body, path }) => {
    if (!path.endsWith('completions')) return reply.send(httpAnswer('404 Not Found', ''))
    if (++answered > 20) return void server[Symbol.asyncDispose]()
    const tokens = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'.repeat(asked(body).maxTokens)
    await reply.send(httpAnswer('200 OK', `${tokens}data: [DONE]\n\n`))
  })
  const flags = ['--base-url', server.baseUrl, '--model', 'm', ...SHORT, '--json', file('dying.json')]
  const { out } = await redline(
    'bench',
    ...flags,
    '--num-prompts',
    '40',
    '--max-concurrency',
    '4',
    '--requests',
    file('dying.jsonl'),
  )
  const { runs } = BenchResult.parse(JSON.parse(readFileSync(file('dying.json'), 'utf8')))
  const outcomes = runs[0]?.outcomes ?? {}
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(40)
  expect(outcomes.ok).toBeGreaterThanOrEqual(16)
  expect(outcomes.connect).toBeGreaterThan(0)
  expect(readExactly('dying.jsonl')).toHaveLength(40)
  expect(out).toMatch(/! [\d.]+ % of the requests failed, most of them as connect: /)
})

describe('compare', () => {
  test('settles or not by the intervals of two files', async () => {
    await bench(['--num-prompts', '40', '--max-concurrency', '2', '--repeats', '2'])
    const same = await redline('bench', 'compare', file('result.json'), file('result.json'))
    expect(same.code).toBe(0)
    expect(same.out).toContain('No difference in output_tokens_per_second within 2 %')
    const json = await redline('bench', 'compare', file('result.json'), file('result.json'), '--json')
    expect(JSON.parse(json.out)).toMatchObject({ verdict: 'no_difference', ratio: 1, pairs: 2 })
  })

  test('notes what was asked differently, and refuses goodput under other limits', async () => {
    const a = await bench([
      ...['--num-prompts', '40', '--repeats', '2'],
      '--max-concurrency',
      '2',
      '--warmup',
      '3',
      '--goodput',
      'ttft:900',
    ])
    expect(a.result.asked).toMatchObject({
      extent: { requests: 40, durationMs: null, warmupRequests: 3, warmupMs: 0 },
      ignoreEos: false,
      stream: true,
    })
    const written = JSON.parse(readFileSync(file('result.json'), 'utf8')) as { workload: object }
    expect(Object.keys(written.workload)).not.toContain('duration')
    const other = { ...a.result, target: { ...a.result.target, model: 'n' } }
    other.slo = { ...other.slo, perRequest: { ttft: 5 } }
    other.asked = { ...a.result.asked!, ignoreEos: true, extraBody: { top_k: 1 } }
    other.asked.extent = { ...a.result.asked!.extent!, requests: 80 }
    writeFileSync(file('other.json'), JSON.stringify(other))
    const { out, err } = await redline('bench', 'compare', file('result.json'), file('other.json'))
    expect(err).toBe('')
    expect(out).toContain('! model differs: A has "m", B "n"')
    expect(out).toContain('! requests differs: A has 40, B 80')
    expect(out).toContain('! ignoreEos differs: A has false, B true')
    expect(out).toContain('! body.top_k differs: A has none, B 1')
    expect(out).toContain('! SLO differs: A has {"ttft":900}, B {"ttft":5}')
    expect(out).not.toContain('goodput_requests_per_second')

    const metric = ['--metric', 'goodput_requests_per_second']
    const refused = await redline('bench', 'compare', file('result.json'), file('other.json'), ...metric)
    expect([refused.code, refused.err.trim()]).toEqual([
      1,
      'redline: goodput_requests_per_second cannot be compared: the two were measured under different SLOs',
    ])

    const old = { ...a.result, asked: undefined }
    writeFileSync(file('old.json'), JSON.stringify(old))
    const withOld = await redline('bench', 'compare', file('result.json'), file('old.json'))
    expect(withOld.out).toContain('a file of an earlier version does not tell how much was asked for')
    expect(withOld.out).not.toContain('differs')
  })

  test('counts the pairs that have a value', async () => {
    const { result } = await bench([
      '--num-prompts',
      '40',
      '--repeats',
      '2',
      '--max-concurrency',
      '2',
      '--repeats',
      '2',
    ])
    result.runs[1]!.measurement.intervals = { e2e_mean_ms: { low: 1, high: 2 } }
    writeFileSync(file('result.json'), JSON.stringify(result))
    result.runs[0]!.metrics.e2e_mean_ms = null
    writeFileSync(file('part.json'), JSON.stringify(result))
    const args = [file('result.json'), file('part.json'), '--json', '--metric', 'e2e_mean_ms']
    const { out } = await redline('bench', 'compare', ...args)
    expect(JSON.parse(out)).toMatchObject({
      pairs: 1,
      notes: expect.arrayContaining([
        expect.stringContaining('one run each'),
        '1 of the 2 pairs of runs have no e2e_mean_ms: 1 counted',
      ]),
    })
  })

  test('says that a folder is one', async () => {
    const { code, err } = await redline('bench', 'compare', folder, folder)
    expect([code, err.trim()]).toEqual([1, `redline: ${folder} is a folder`])
  })

  test('says in a line what is no result', async () => {
    const { code, err } = await redline('bench', 'compare', file('none.json'), file('none.json'))
    expect([code, err.trim()]).toEqual([1, `redline: there is no file ${file('none.json')}`])
  })
})
