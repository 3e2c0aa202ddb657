import { expect, test } from 'vitest'
import { reportText } from '../cli/report-text.ts'
import { tradeOffs } from '../domain/trade-offs.ts'
import { TuningSpec } from '../domain/tuning.ts'
import { reproductionBundle } from './bundle.ts'
import { reportDocument } from './document.ts'
import { reportHtml } from './html.ts'
import { metricTitle } from '../domain/metric-words.ts'
import { reportMarkdown } from './markdown.ts'
import { axis } from './plot.ts'
import { sampleInput } from './sample.ts'

const html = (name?: string, count?: number) => reportHtml(reportDocument(sampleInput(name, count)))

test('the HTML file answers for itself: it loads nothing, runs nothing, and stays small with 500 experiments', () => {
  const text = html('big', 500)
  expect(text).not.toMatch(/<script|<link|\bsrc=|url\(|@import|http-equiv="refresh"/)
  expect(Buffer.byteLength(text)).toBeLessThan(150_000)
  expect(text).toContain('301 more are left out')
})

test('the HTML file draws throughput, requests in flight and how latencies are spread, best over baseline', () => {
  const text = html()
  for (const title of ['Throughput', 'Requests in flight', 'Time to first token', 'Gaps between tokens'])
    expect(text).toMatch(
      new RegExp(`<figcaption>${title}[^<]*</figcaption><svg[^]*?class="base"[^]*?class="best"`),
    )
})

test('names are text, never markup', () => {
  const text = html('<img src=x onerror=alert(1)> & "co"')
  expect(text).not.toContain('<img')
  expect(text).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;co&quot;')
  expect(reportMarkdown(reportDocument(sampleInput('<b> [x](y) `z`')))).toContain(
    '# \\<b\\> \\[x\\](y) \\`z\\`',
  )
})

test('both forms hold the verdict, the gain with its interval, the limit, the failure, why each was tried and what to deploy', () => {
  for (const text of [html(), reportMarkdown(reportDocument(sampleInput()))]) {
    expect(text).toContain('Experiment 4 is better than the baseline')
    expect(text).toContain('×1.40')
    expect(text).toContain('95 % interval ×1.36 to ×1.44, 3 pairs')
    expect(text).toContain('3 of 3 runs')
    expect(text).toContain('the GPU ran out of memory')
    expect(text).toMatch(/exploit: max_num_seqs -(>|&gt;) 64|exploit: max\\_num\\_seqs -\\?(>|&gt;) 64/)
    expect(text).toContain('--max-num-seqs 64')
    expect(text).toContain('kind: Deployment')
    expect(text).toContain('services:')
  }
})

test('a pair that does not count for the gain says why', () => {
  const input = sampleInput()
  const [first, ...others] = input.report.confirmation
  if (first === undefined) throw new Error('no pair')
  const confirmation = [{ ...first, best: null, missing: 'best failed: out of memory' }, ...others]
  const document = reportDocument({ ...input, report: { ...input.report, confirmation } })
  for (const text of [reportHtml(document), reportMarkdown(document)])
    expect(text).toContain('Pair 1 does not count: best failed: out of memory.')
})

test('of an endpoint nothing is said to have been started', () => {
  const input = sampleInput()
  const runtime = { kind: 'endpoint', url: 'http://127.0.0.1:8000' } as const
  const changes = [{ parameter: 'concurrency', from: null, to: 8 }]
  const spec = { ...input.spec, runtime }
  const text = reportMarkdown(reportDocument({ ...input, spec, report: { ...input.report, changes } }))
  expect(text).toContain('Both were measured again in turn, 3 times each.')
  expect(text).toMatch(/concurrency \| as the workload has it \| 8/)
})

test('the metric of a limit stands beside the objective, and what neither has does not', () => {
  const input = sampleInput()
  const text = reportMarkdown(reportDocument(input))
  const rows = (of: string) => text.split('\n').filter((line) => line.startsWith(`| ${of}`))
  expect(rows('TTFT p90, ms')).toHaveLength(1)
  expect(rows(metricTitle('goodput_requests_per_second'))).toHaveLength(0)
})

test('a table of Markdown has as many cells in every row', () => {
  const lines = reportMarkdown(reportDocument(sampleInput('a | b'))).split('\n')
  const cells = (line: string) => line.replaceAll('\\|', '').split('|').length
  lines.forEach((line, index) => {
    if (line.startsWith('| ---')) {
      expect(cells(lines[index - 1] ?? '')).toBe(cells(line))
      expect(cells(lines[index + 1] ?? '')).toBe(cells(line))
    }
  })
})

test('a trade-off says what the least relaxed limit buys', () => {
  const offers = tradeOffs(sampleInput().report, sampleInput().experiments)
  expect(offers.map(({ experiment, needed }) => ({ experiment, needed }))).toEqual([
    { experiment: 5, needed: 4500 },
    { experiment: 6, needed: 5200 },
    { experiment: 7, needed: 5900 },
  ])
  expect(offers[0]?.ratio).toBeCloseTo(150 / 140)
  expect(reportMarkdown(reportDocument(sampleInput()))).toContain('500.0 ms more TTFT p90')
})

test('the bundle holds a tuning that measures the best and the baseline again', () => {
  const input = sampleInput()
  const bundle = reproductionBundle(input, '0.1.0')
  expect(bundle).toMatchObject({ seeds: { search: 1, traffic: 1 }, best: { max_num_seqs: 64 } })
  const again = TuningSpec.parse(bundle?.verification)
  expect(again.space).toEqual({ max_num_seqs: { type: 'categorical', choices: [64] } })
  expect(again).toMatchObject({
    budget: { experiments: 1 },
    confirmation: { pairs: 3 },
    workload: input.spec.workload,
  })
})

test('a baseline whose figures judge nothing says so, and nothing is held against it', () => {
  const input = sampleInput()
  const { baseline } = input.report
  if (baseline === null) throw new Error('no baseline')
  const inSearch = (report: typeof input.report) =>
    reportDocument({ ...input, report })
      .sections.flatMap(({ blocks }) => blocks)
      .find((block) => block.kind === 'table' && block.head[0] === 'In the search')
  expect(inSearch(input.report)).toMatchObject({ head: expect.arrayContaining(['Baseline']) })
  const report = { ...input.report, baseline: { ...baseline, clientLimited: true } }
  const table = inSearch(report)
  expect(table).toMatchObject({
    head: expect.arrayContaining(['Baseline, not judged: the load generator was the limit']),
  })
  expect(table?.kind === 'table' && table.rows.map((row) => row.at(-1))).not.toContainEqual(
    expect.stringContaining('%'),
  )
  expect(reportText(report)).toContain('baseline, not judged: the load generator was the limit')
})

test('there is nothing to verify when the baseline is the best', () => {
  const input = sampleInput()
  const best = {
    ...input.report.baseline,
    number: 0,
    configuration: {},
    metrics: null,
    constraints: [],
    feasible: true,
  }
  const bundle = reproductionBundle({ ...input, report: { ...input.report, best } }, '0.1.0')
  expect(bundle?.verification).toBeNull()
})

test('an axis has round marks within its ends', () => {
  expect(axis([3.2, 97]).ticks).toEqual([0, 20, 40, 60, 80, 100])
  expect(axis([0, 1, 2, 3], false, true).ticks).toEqual([0, 1, 2, 3])
  expect(axis([])).toEqual({ low: 0, high: 1, ticks: [0, 1] })
  expect(axis([5, 5]).ticks.length).toBeGreaterThan(1)
})

test('with two objectives both forms hold the front', () => {
  const input = sampleInput()
  const front = {
    objectives: [
      { metric: 'output_tokens_per_second' as const, higherIsBetter: true },
      { metric: 'ttft_p99_ms' as const, higherIsBetter: false },
    ],
    experiments: [
      { number: 4, values: [812.5, 431] },
      { number: 7, values: [640.25, 218] },
    ],
  }
  const document = reportDocument({ ...input, report: { ...input.report, front } })
  for (const text of [reportHtml(document), reportMarkdown(document)])
    for (const part of ['Trade-off of the two objectives', '4, chosen', '640', '218'])
      expect(text).toContain(part)
  expect(html()).not.toContain('Trade-off of the two objectives')
})
