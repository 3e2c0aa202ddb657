import lighthouse from 'lighthouse'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { freePort } from '../runtimes/ports.ts'
import { servicePages } from './service-pages.ts'

/** Measures every page of a running service as Lighthouse does for a phone, and prints the scores. */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4680' },
    rounds: { type: 'string', default: '1' },
    page: { type: 'string', multiple: true },
  },
})

const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const

const port = await freePort()
const browser = await chromium.launch({
  executablePath: process.env.REDLINE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', `--remote-debugging-port=${port}`],
})
try {
  const pages = await servicePages(values.url)
  console.log(
    '| page | performance | accessibility | best practices | LCP s | TBT ms | CLS | script kB | all kB | machine |',
  )
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
  for (const { name, path } of pages) {
    if (values.page !== undefined && !values.page.includes(name)) continue
    const runs: Run[] = []
    for (let round = 0; round < Number(values.rounds); round += 1) runs.push(await measure(values.url + path))
    const cell = (of: (run: Run) => number, digits = 0) => {
      const sorted = runs.map(of).toSorted((a, b) => a - b)
      const [low = NaN, middle = NaN, high = NaN] = [0, 0.5, 1].map(
        (share) => sorted[Math.round(share * (sorted.length - 1))],
      )
      const text = middle.toFixed(digits)
      return low === high ? text : `${text} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
    }
    console.log(
      `| ${name} | ${CATEGORIES.map((category) => cell(({ scores }) => scores[category] ?? NaN)).join(' | ')} | ${cell(({ lcpMs }) => lcpMs / 1000, 1)} | ${cell(({ tbtMs }) => tbtMs)} | ${cell(({ cls }) => cls, 3)} | ${cell(({ scriptBytes }) => scriptBytes / 1000, 1)} | ${cell(({ allBytes }) => allBytes / 1000, 1)} | ${cell(({ machine }) => machine)} |`,
    )
    for (const problem of new Set(runs.flatMap(({ failed }) => failed)))
      console.log(`<!-- ${name}: ${problem} -->`)
  }
} finally {
  await browser.close()
}

interface Run {
  scores: Record<string, number>
  lcpMs: number
  tbtMs: number
  cls: number
  scriptBytes: number
  allBytes: number
  /** Lighthouse's benchmark of this machine just then: a phone is taken to be four times slower than it. */
  machine: number
  /** Audits of accessibility and best practices that are not passed. */
  failed: string[]
}

async function measure(url: string): Promise<Run> {
  const result = await lighthouse(url, { port, logLevel: 'silent', onlyCategories: [...CATEGORIES] })
  if (result === undefined) throw new Error(`Lighthouse has nothing to say of ${url}`)
  const { audits, categories, environment } = result.lhr
  const value = (audit: string) => audits[audit]?.numericValue ?? NaN
  const requests = audits['network-requests']?.details
  const items = requests?.type === 'table' ? requests.items : []
  const bytes = (of: (item: (typeof items)[number]) => boolean) =>
    items.filter(of).reduce((sum, { transferSize }) => sum + Number(transferSize), 0)
  const judged = ['accessibility', 'best-practices'].flatMap(
    (category) => categories[category]?.auditRefs ?? [],
  )
  return {
    scores: Object.fromEntries(
      CATEGORIES.map((category) => [category, (categories[category]?.score ?? NaN) * 100]),
    ),
    lcpMs: value('largest-contentful-paint'),
    tbtMs: value('total-blocking-time'),
    cls: value('cumulative-layout-shift'),
    scriptBytes: bytes(({ resourceType }) => resourceType === 'Script'),
    allBytes: bytes(() => true),
    machine: environment.benchmarkIndex,
    failed: judged.flatMap(({ id, weight }) => {
      const audit = audits[id]
      return weight > 0 && audit?.score === 0 ? [`${id}: ${audit.title}`] : []
    }),
  }
}
