import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { brotliCompressSync } from 'node:zlib'
import { chromium, type Browser, type CDPSession } from 'playwright-core'
import { pageHeap } from './page-heap.ts'
import { startUiService, type UiService } from './ui-service.ts'
import {
  announceRequests,
  endExperiment,
  EVENTS_EACH,
  playExperiment,
  startExperiment,
  storeTuning,
  TUNING,
} from './ui-traffic.ts'

/**
 * Measures pages with a large tuning and many events: sizes, elements, event to screen, long tasks, memory (`--seconds 600`);
 * `--page NAME` measures those alone.
 */
const { values } = parseArgs({
  options: {
    experiments: { type: 'string', default: '500' },
    rate: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '60' },
    page: { type: 'string', multiple: true, default: [] },
  },
})
const experiments = Number(values.experiments)
const rate = Number(values.rate)
const seconds = Number(values.seconds)

/** Where what is told appears: a new experiment by its number, at its host too, in the list and beside others by how many are over, live by its requests. */
const PAGES = [
  {
    name: 'tuning',
    path: () => `/tunings/${TUNING}`,
    within: 'main',
    text: 'experiment (\\d+)',
    told: 'planned',
  },
  { name: 'tunings', path: () => '/', within: 'main', text: '(\\d+) of', told: 'finished' },
  {
    name: 'experiment',
    path: (running: number) => `/tunings/${TUNING}/experiments/${running}`,
    within: 'main',
    text: 'done([\\d,]+)failed',
    told: 'live',
  },
  // Text of a cell, since what stands in the next one may begin with a digit.
  {
    name: 'compare',
    path: () => `/compare?tunings=${TUNING}&experiments=${TUNING}:1`,
    within: 'main li',
    text: '(\\d+) of',
    told: 'finished',
  },
  { name: 'hosts', path: () => '/hosts', within: 'main td', text: 'experiment (\\d+)', told: 'held' },
] as const

const LIVE_EVERY_MS = 100

const kb = (bytes: number) => (bytes / 1000).toFixed(1)

/** Runs in the page: writes down when each number is first on the screen, and the long tasks. */
const watch = `(within, text) => {
  const seen = new Map()
  window.redlineTasks = []
  Object.defineProperty(window, 'redlineSeen', { get: () => [...seen] })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.redlineTasks.push(duration)
  }).observe({ type: 'longtask' })
  const look = (now) => {
    for (const part of document.querySelectorAll(within)) {
      for (const [, told] of part.textContent.matchAll(new RegExp(text, 'g'))) {
        const number = Number(told.replaceAll(',', ''))
        if (!seen.has(number)) seen.set(number, now)
      }
    }
  }
  look(0)
  let waiting = false
  new MutationObserver(() => {
    if (waiting) return
    waiting = true
    requestAnimationFrame(() => {
      waiting = false
      look(performance.timeOrigin + performance.now())
    })
  }).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true })
}`

const service = await startUiService()
const browser = await chromium.launch({
  executablePath: process.env.REDLINE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  console.log(`storing ${experiments} experiments`)
  await storeTuning(service.db, experiments)
  await sizes(service)
  let number = experiments
  for (const page of PAGES.filter(({ name }) => values.page.length === 0 || values.page.includes(name)))
    number = await underLoad(browser, service, page, number)
} finally {
  await browser.close()
  await service.stop()
}

/** What one answer with the whole tuning, and a page of it, come to. */
async function sizes({ url }: UiService): Promise<void> {
  const overview = Buffer.from(await (await fetch(`${url}/api/v1/tunings/${TUNING}/overview`)).arrayBuffer())
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const bytes = new Map<string, number>()
  const kinds = new Map<string, string>()
  session.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    bytes.set(requestId, encodedDataLength),
  )
  const total = (wanted: string) =>
    [...bytes].reduce((sum, [id, size]) => sum + (kinds.get(id) === wanted ? size : 0), 0)
  await page.goto(`${url}/settings`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForLoadState('load')
  const shell = total('Script')
  await page.goto(`${url}/tunings/${TUNING}`)
  await page.locator('#experiments').waitFor()
  await setTimeout(2000)
  const elements = await page.evaluate('document.querySelectorAll("*").length')
  console.log(
    `overview of ${experiments} experiments: ${kb(overview.length)} kB, ${kb(brotliCompressSync(overview).length)} kB in brotli`,
  )
  console.log(`overview as the browser got it: ${kb(total('Fetch'))} kB with all other answers of two pages`)
  console.log(
    `script of a page without charts: ${kb(shell)} kB; with the tuning's page and charts ${kb(total('Script'))} kB`,
  )
  console.log(`elements of the tuning's page: ${String(elements)}`)
  await page.close()
}

/** Plays experiments at the rate of events and tells when each was on the screen; returns the next free number. */
async function underLoad(
  browser: Browser,
  { url, db }: UiService,
  { name, path, within, text, told }: (typeof PAGES)[number],
  first: number,
): Promise<number> {
  const running = first++
  await startExperiment(db, running)
  const address = url + path(running)
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await setTimeout(2000)
  await page.evaluate(`(${watch})(${JSON.stringify(within)}, ${JSON.stringify(text)})`)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const before = await spent(session)

  /** When each number became true. */
  const at = new Map<number, number>()
  let finished = running
  let requests = 0
  const live = setInterval(() => {
    const completed = ++requests
    if (told === 'live') at.set(completed, Date.now())
    void announceRequests(db, running, completed)
  }, LIVE_EVERY_MS)
  const playing: Promise<void>[] = []
  const everyMs = (1000 * EVENTS_EACH) / rate
  const began = performance.now()
  let number = first
  while (performance.now() - began < seconds * 1000) {
    const mine = number++
    const listeners = {
      onPlanned: () => void (told === 'planned' && at.set(mine, Date.now())),
      onHeld: () => void (told === 'held' && at.set(mine, Date.now())),
      onFinished: () => void (told === 'finished' && at.set(++finished, Date.now())),
    }
    playing.push(playExperiment(db, mine, everyMs * 3, listeners))
    await setTimeout(Math.max(0, began + (number - first) * everyMs - performance.now()))
  }
  const played = (performance.now() - began) / 1000
  const after = await spent(session)
  const share = (name: string) =>
    `${((100 * ((after[name] ?? 0) - (before[name] ?? 0))) / played).toFixed(0)} %`
  clearInterval(live)
  await Promise.all(playing)
  await setTimeout(2000)
  const seen = new Map(await page.evaluate<[number, number][]>('window.redlineSeen'))
  const tasks = await page.evaluate<number[]>('window.redlineTasks')
  const delays = [...at].flatMap(([number, trueMs]) => {
    const shownMs = seen.get(number)
    return shownMs === undefined ? [] : [Math.max(0, shownMs - trueMs)]
  })
  const sorted = delays.toSorted((a, b) => a - b)
  const quantile = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN
  console.log(
    `${name}: ${(((number - first) * EVENTS_EACH) / played).toFixed(0)} events/s for ${played.toFixed(0)} s; event to screen p50 ${quantile(0.5).toFixed(0)} ms, p95 ${quantile(0.95).toFixed(0)} ms, most ${quantile(1).toFixed(0)} ms (${delays.length} of ${at.size} seen one by one); ${tasks.length} long tasks, the longest ${Math.max(0, ...tasks).toFixed(0)} ms; the page's thread busy for ${share('TaskDuration')}, of it script ${share('ScriptDuration')}, style ${share('RecalcStyleDuration')}, layout ${share('LayoutDuration')}; heap ${await heap(session)}; of a page opened just now ${await freshHeap(browser, address)}`,
  )
  await session.detach()
  await page.close()
  await endExperiment(db, running)
  return number
}

/** Seconds that the page's thread has spent, by what on. */
async function spent(session: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await session.send('Performance.getMetrics')
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
}

/** What the same page takes when it is opened now: a page kept open that keeps more objects has kept what is over. */
async function freshHeap(browser: Browser, address: string): Promise<string> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await setTimeout(5000)
  const used = await heap(await page.context().newCDPSession(page))
  await page.close()
  return used
}

async function heap(session: CDPSession): Promise<string> {
  const { objects_mb, code_mb } = await pageHeap(session)
  return `${objects_mb.toFixed(1)} MB of objects, ${code_mb.toFixed(1)} MB of code`
}
