import axe from 'axe-core'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { unwrap, unwrapEmpty } from '../client/client.ts'
import { launchBrowser } from './browser.ts'
import { api, quickRequest, runCli, smallRequest, startTestService, type TestService } from './service.ts'

/** Screenshots are kept there. */
const SCREENSHOTS = process.env.REDLINE_SCREENSHOTS

let service: TestService
let browser: Browser
/** What pages complained of in a test. */
const troubles: string[] = []

beforeAll(async () => {
  service = await startTestService()
  browser = await launchBrowser()
})
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  expect(troubles.splice(0)).toEqual([])
})
afterAll(async () => {
  await browser.close()
  await service.remove()
})

async function open(path: string, size = { width: 1440, height: 900 }): Promise<Page> {
  const page = await browser.newPage({ viewport: size })
  page.on('console', (message) => {
    // The browser itself reports each answer to a request that is wrong on purpose, and that the page's policy
    // keeps ReDoc from loading its maker's logo.
    if (message.type() !== 'error' || /status of (404|422|503)|cdn\.redoc\.ly/.test(message.text())) return
    troubles.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => troubles.push(`${page.url()}: ${error.message}`))
  await page.goto(service.url + path)
  return page
}

async function picture(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
}

/** What axe finds on pages, light and dark: the rule, the page and the place of each. */
async function barriers(paths: string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    const page = await open(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.locator('.skeleton').first().waitFor({ state: 'hidden' })
    await page.evaluate(axe.source)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const { violations }: axe.AxeResults = await page.evaluate('axe.run()')
      for (const { id, nodes } of violations)
        found.push(...nodes.map(({ target }) => `${id} on ${path}, ${colorScheme}: ${target.join(' ')}`))
    }
    await page.close()
  }
  return found
}

/** Chooses among many values, which are listed when somebody is about to. */
async function choose(select: Locator, value: string): Promise<void> {
  await select.focus()
  await select.selectOption(value)
}

/** Where the keyboard is: the name of the element, and what it says. */
const focused = (page: Page) =>
  page.evaluate<string>('`${document.activeElement.tagName} ${document.activeElement.textContent.trim()}`')

/** The request of the form, as its YAML has it. */
async function requestOf(page: Page) {
  await page.getByRole('tab', { name: 'YAML' }).click()
  const text = await page.getByRole('textbox').inputValue()
  await page.getByRole('tab', { name: 'Form' }).click()
  return z.looseObject({ objective: z.unknown(), space: z.unknown() }).parse(parse(text))
}

test('a tuning is started from the form, watched live, paused, resumed and read to its report', async () => {
  const page = await open('/')
  await page.getByRole('link', { name: 'New tuning' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'New tuning' }).waitFor()
  await page.getByText('Ready to start').waitFor()
  await picture(page, 'new-tuning')

  await page.getByRole('tab', { name: 'YAML' }).click()
  await page
    .getByRole('textbox')
    .fill(stringify({ ...smallRequest({ name: 'from the form' }), constraints: ['ttft_p9_ms <= 3'] }))
  await page.getByText('did you mean').first().waitFor()
  await page.getByRole('textbox').fill(stringify(smallRequest({ name: 'from the form' })))
  await page.getByText('Ready to start').waitFor()
  await page.getByRole('button', { name: 'Start tuning' }).click()

  await page.getByRole('heading', { level: 1, name: 'from the form' }).waitFor()
  const id = page.url().split('/').at(-1) ?? ''
  await page
    .getByText(/tokens\/s/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Resume' }).waitFor()
  expect((await api(service).read(id)).state).toBe('paused')
  await picture(page, 'tuning-live')

  await page.reload()
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('heading', { name: 'Report' }).waitFor({ timeout: 240_000 })
  const { headline } = await api(service).report(id)
  await page.getByText(headline.slice(0, 30)).first().waitFor()
  expect(await page.title()).toContain('from the form')
  await picture(page, 'tuning')

  await page.getByRole('link', { name: '0', exact: true }).first().click()
  await page.getByText('llama_server: listening').first().waitFor()
  await picture(page, 'experiment')

  await page.getByRole('link', { name: 'Tunings', exact: true }).first().click()
  await page.getByRole('link', { name: 'from the form' }).first().waitFor()
  await picture(page, 'tunings')
  const phone = await open(`/tunings/${id}`, { width: 390, height: 844 })
  await phone.getByRole('heading', { name: 'Report' }).waitFor()
  expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  await picture(phone, 'tuning-phone')

  await phone.goto(`${service.url}/tunings/${id}/experiments/0`)
  expect((await phone.locator('td.definition').first().boundingBox())?.width).toBeGreaterThan(250)
  const chart = phone.locator('.chart-box canvas').last()
  const drawn = async () => (await chart.getAttribute('style'))?.includes('height') ?? false
  await chart.waitFor()
  expect(await drawn()).toBe(false)
  await chart.scrollIntoViewIfNeeded()
  await expect.poll(drawn).toBe(true)
})

test('selected tunings are paused, resumed, cancelled and deleted together, and anything is found by its name', async () => {
  const calls = api(service)
  const names = ['one of two', 'two of two']
  const ids = await Promise.all(
    names.map(async (name) => (await calls.start(quickRequest({ name, budget: { experiments: 500 } }))).id),
  )
  onTestFinished(async () => {
    await Promise.allSettled(ids.map((id) => calls.act(id, 'cancel')))
  })
  const states = async () => Promise.all(ids.map(async (id) => (await calls.read(id)).state))
  const page = await open('/?search=of two')
  for (const name of names) await page.getByLabel(`Select ${name}`).check()
  await page.getByText('2 selected').waitFor()
  await page.getByRole('button', { name: 'Pause 2' }).click()
  await page.getByRole('button', { name: 'Resume 2' }).click()
  await page.getByRole('button', { name: 'Pause 2' }).waitFor()
  expect(await states()).toEqual(['running', 'running'])

  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Command, page or tuning' }).fill('one of')
  await page.getByRole('option', { name: 'one of two' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'one of two' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Command, page or tuning' }).fill('pause')
  await page.getByRole('option', { name: /^Pause/ }).waitFor()
  expect(
    await page.evaluate(axe.source).then(() => page.evaluate('axe.run().then((r) => r.violations)')),
  ).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Resume' }).waitFor()
  expect(await states()).toEqual(['paused', 'running'])

  await page.goto(`${service.url}/?search=of two`)
  await page.getByLabel('Select all').check()
  await page.getByRole('link', { name: 'Compare 2' }).click()
  const runs = async () =>
    Number(/running: (\d+) of/.exec((await page.locator('main').textContent()) ?? '')?.[1])
  await expect.poll(runs).toBeGreaterThan(0)
  const before = await runs()
  await expect.poll(runs).toBeGreaterThan(before)

  await page.goto(`${service.url}/?search=of two`)
  await page.getByLabel('Select all').check()
  await page.getByRole('button', { name: 'Cancel 2' }).click()
  const remove = () => page.getByRole('button', { name: 'Delete 2 finished' }).click()
  await remove()
  await page.getByText('Nothing matches the filter').waitFor()
  for (const id of ids) await expect(calls.read(id)).rejects.toThrow('there is no tuning')
  await expect.poll(() => focused(page)).toBe('BUTTON Undo')
  await page.keyboard.press('Enter')
  await page.getByLabel('Select all').waitFor()
  await expect.poll(() => focused(page)).toMatch(/^MAIN /)
  expect(await states()).toEqual(['cancelled', 'cancelled'])

  await remove()
  await page.getByRole('button', { name: 'Dismiss' }).click()
  await page.getByRole('button', { name: 'deleted', exact: true }).click()
  await page.getByRole('button', { name: 'Restore one of two' }).click()
  await page.getByRole('button', { name: 'Restore one of two' }).waitFor({ state: 'hidden' })
  await page.getByRole('button', { name: 'Restore two of two' }).waitFor()
  await page.getByRole('button', { name: 'deleted', exact: true }).click()
  await page.getByRole('link', { name: 'one of two' }).click()
  await page.getByText('■ final').waitFor()
  // Others act on it meanwhile, and somebody comes back to the page.
  const comeBack = () => page.evaluate("window.dispatchEvent(new Event('focus'))")
  await calls.act(ids[0] ?? '', 'resume')
  await comeBack()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  await calls.act(ids[0] ?? '', 'cancel')
  await page.getByText('■ final').waitFor()
  await unwrapEmpty(
    service.url,
    service.client.DELETE('/api/v1/tunings/{id}', { params: { path: { id: ids[0] ?? '' } } }),
  )
  await comeBack()
  await page.getByText('there is no tuning').first().waitFor()
})

test('a goal fills the space of the form, with a way back, and the traffic is drawn as it is changed', async () => {
  const page = await open('/new')
  await page.getByText('Ready to start').waitFor()
  const { space } = await requestOf(page)
  const { engines } = await unwrap(service.url, service.client.GET('/api/v1/engines'))
  const preset = engines.find(({ kind }) => kind === 'llama.cpp')?.presets.throughput
  await page.getByLabel('Fill for a goal').selectOption('throughput')
  await page.getByText('Filled for throughput').waitFor()
  expect((await requestOf(page)).space).toEqual(preset?.space)
  await page.getByText('Ready to start').waitFor()
  await page.getByRole('button', { name: 'Undo the filling' }).click()
  expect((await requestOf(page)).space).toEqual(space)

  await page.getByText('16 streams, each of which').waitFor()
  await page.getByLabel('Load', { exact: true }).selectOption('rate')
  await page.getByText('Poisson arrivals at 4 a second').waitFor()
  await page.getByLabel('Requests per second').fill('9')
  await page.getByText('Poisson arrivals at 9 a second').waitFor()
  for (const rate of ['0.25', '1e2']) {
    await page.getByLabel('Requests per second').selectText()
    await page.getByLabel('Requests per second').pressSequentially(rate)
    await page.getByText(`Poisson arrivals at ${Number(rate)} a second`).waitFor()
    expect(await page.getByLabel('Requests per second').inputValue()).toBe(rate)
  }

  await page.getByRole('tab', { name: 'Form' }).press('ArrowRight')
  await expect.poll(() => focused(page)).toBe('BUTTON YAML')
  await page.getByRole('textbox').waitFor()
  const asked = page.waitForEvent('dialog')
  const reloaded = page.reload()
  await (await asked).accept()
  await reloaded
  await page.getByText('Ready to start').waitFor()
})

test('a tuning that begins with an earlier one stays in its project', async () => {
  await service.client.POST('/api/v1/projects', { body: { name: 'team-b' } })
  const params = { query: { project: 'team-b' } }
  const body = quickRequest({ name: 'of the team', budget: { experiments: 1 } })
  const { id } = await unwrap(service.url, service.client.POST('/api/v1/tunings', { body, params }))
  for (const path of [`/new?from=${id}`, `/schedules/new?from=${id}`]) {
    const page = await open(path)
    await page.getByLabel('Project').waitFor()
    expect(await page.getByLabel('Project').inputValue()).toBe('team-b')
  }
})

test('a second objective is added in the form, changed, and taken away', async () => {
  const page = await open('/new')
  await page.getByText('Ready to start').waitFor()
  const yaml = async () => (await requestOf(page)).objective
  const alone = await yaml()
  await page.getByRole('button', { name: 'Add a second objective' }).click()
  await choose(page.getByLabel('Second metric'), 'e2e_p95_ms')
  expect(await yaml()).toEqual([alone, { minimize: 'e2e_p95_ms' }])
  await page.getByText('Ready to start').waitFor()
  await page.getByRole('button', { name: 'Remove the second objective' }).click()
  expect(await yaml()).toEqual(alone)
})

test('a parameter of the engine is added to the space, made another, and removed', async () => {
  const page = await open('/new')
  await page.getByText('Ready to start').waitFor()
  const { space } = await requestOf(page)
  await choose(page.getByLabel('Add a parameter'), 'ctx_size')
  await page.getByRole('group', { name: 'ctx_size' }).waitFor()
  await choose(page.getByLabel('Parameter ctx_size'), 'cache_reuse')
  const changed = await requestOf(page)
  expect(Object.keys(Object(changed.space))).toEqual([...Object.keys(Object(space)), 'cache_reuse'])
  await page.getByRole('button', { name: 'Remove cache_reuse' }).click()
  expect((await requestOf(page)).space).toEqual(space)
})

test('a finished tuning is extended, given a configuration, and an experiment excluded and run again', async () => {
  const { id } = await api(service).start(
    quickRequest({
      name: 'to be extended',
      engine: { kind: 'llama.cpp', model: 'gemma-3-270m', args: { ctx_size: 4096, threads: 1 } },
      budget: { experiments: 1 },
    }),
  )
  const page = await open(`/tunings/${id}`)
  await page.getByRole('heading', { name: 'Report' }).waitFor({ timeout: 120_000 })
  const runs = (await api(service).read(id)).experiments.planned

  await page.getByRole('button', { name: 'Extend…' }).click()
  await page.getByLabel('More experiments').press('Escape')
  expect(await page.locator(':focus').textContent()).toBe('Extend…')
  await page.keyboard.press('Enter')
  await page.getByLabel('More experiments').fill('1')
  await page.getByRole('button', { name: 'Extend', exact: true }).click()
  await page.getByRole('link', { name: String(runs), exact: true }).waitFor()
  await page.getByRole('heading', { name: 'Report' }).waitFor({ timeout: 120_000 })

  await page.getByRole('button', { name: 'Add…' }).click()
  await page.getByRole('combobox', { name: 'Configuration' }).fill('parallel')
  await page.getByRole('button', { name: 'Try it' }).click()
  await page.getByText('expected name=value, got parallel').waitFor()
  await page.getByRole('combobox', { name: 'Configuration' }).fill('parallel=3')
  await page.getByRole('button', { name: 'Try it' }).click()
  await page.getByRole('row').filter({ hasText: 'manual' }).first().waitFor()
  await page.getByRole('heading', { name: 'Report' }).waitFor({ timeout: 120_000 })

  await page.goto(`${service.url}/tunings/${id}/experiments/one`)
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  await page.goto(`${service.url}/tunings/${id}/experiments/1`)
  await page.getByRole('button', { name: 'Exclude' }).click()
  await page.getByRole('button', { name: 'Take in again' }).waitFor({ timeout: 60_000 })
  expect((await api(service).experiments(id))[1]?.excluded).toBe(true)
  await page.getByRole('button', { name: 'Run again' }).click()
  await expect
    .poll(async () =>
      (await api(service).experiments(id)).map(({ replaces, state }) => ({ replaces, state })),
    )
    .toContainEqual({ replaces: 1, state: 'completed' })
})

test('hosts, schedules and settings show what there is, a tuning is repeated, and no page keeps anybody out', async () => {
  const { id } = await api(service).start(quickRequest({ name: 'repeated', budget: { experiments: 1 } }))
  await api(service).act(id, 'adjust', { priority: 3, reason: 'in a hurry' })
  const page = await open('/hosts')
  await page.getByRole('link', { name: 'repeated' }).first().waitFor()
  await page.getByRole('button', { name: /^Drain / }).click()
  await page.getByText('draining').waitFor()
  await page.getByRole('button', { name: /^Undrain / }).click()
  await page.locator('.state-alive').waitFor()

  await page.goto(`${service.url}/tunings/${id}`)
  await page.getByText('in a hurry').waitFor()
  await page.getByRole('link', { name: 'Repeat…' }).click({ timeout: 120_000 })
  await page.getByLabel('Name', { exact: true }).fill('every night')
  await page.getByLabel('Cron expression').fill('daily')
  await page.getByLabel('Begin paused').check()
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await page.getByText('expected five to seven fields').waitFor()
  await page.getByLabel('Cron expression').fill('0 3 * * *')
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await page.getByRole('heading', { level: 1, name: 'every night' }).waitFor()
  const schedule = new URL(page.url()).pathname
  const main = page.locator('main')
  await main.locator('.state-paused').first().waitFor()
  expect((await runCli(service.env, 'schedule', 'resume', schedule.split('/').at(-1) ?? '')).code).toBe(0)
  await main.locator('.state-active').first().waitFor()
  await page.getByRole('button', { name: 'Run now: every night' }).click()
  await page.getByRole('row').filter({ hasText: 'completed' }).waitFor({ timeout: 120_000 })
  await page.getByText('first run').waitFor()

  await page.goto(`${service.url}/settings`)
  await page.getByLabel('Address').fill('http://127.0.0.1:9/hook')
  await page.getByRole('button', { name: 'Add webhook' }).click()
  await page.getByText('whsec_').waitFor()
  await page.getByRole('button', { name: 'Deliveries to http://127.0.0.1:9/hook' }).click()
  await page.getByText('Nothing was sent yet').waitFor()

  const paths = {
    hosts: '/hosts',
    schedules: '/schedules',
    schedule,
    settings: '/settings',
    'new-schedule': `/schedules/new?from=${id}`,
    report: `/tunings/${id}/report`,
    compare: `/compare?experiments=${id}:0,${id}:1`,
  }
  for (const [name, path] of Object.entries(paths)) {
    for (const width of [1440, 390]) {
      const view = await open(path, { width, height: 844 })
      await view.getByRole('heading', { level: 1 }).waitFor()
      await view.locator('.skeleton').first().waitFor({ state: 'hidden' })
      expect(await view.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(width)
      await picture(view, width === 390 ? `${name}-phone` : name)
      await view.close()
    }
  }
  const others = [
    '/',
    '/new',
    `/tunings/${id}`,
    `/tunings/${id}/experiments/0`,
    `/compare?tunings=${id}`,
    '/nowhere',
  ]
  expect(await barriers([...Object.values(paths), ...others])).toEqual([])

  await page.getByRole('button', { name: 'Delete webhook http://127.0.0.1:9/hook' }).press('Enter')
  await expect.poll(() => focused(page)).toBe('BUTTON Keep')
  await page.keyboard.press('Enter')
  expect(await focused(page)).toBe('BUTTON Delete')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Delete for good' }).press('Enter')
  await page.getByText('No webhook yet.').waitFor()
  await expect.poll(() => focused(page)).toMatch(/^SECTION Webhooks/)
})

test('a comparison says what was asked differently, and a phone shows its values beside their names', async () => {
  const calls = api(service)
  const requests = [
    quickRequest({ name: 'four streams' }),
    quickRequest({
      name: 'two streams',
      workload: { ...quickRequest().workload, load: { concurrency: 2 } },
    }),
  ]
  const ids = await Promise.all(requests.map(async (request) => (await calls.start(request)).id))
  onTestFinished(async () => {
    await Promise.allSettled(ids.map((id) => calls.act(id, 'cancel')))
  })
  const page = await open(`/compare?tunings=${ids.join(',')}`, { width: 360, height: 740 })
  await page.getByText('load differs, see Differences').waitFor()
  const name = page.getByRole('rowheader', { name: 'workload.load.concurrency' })
  const value = page.getByRole('row').filter({ has: name }).getByRole('cell').first()
  await name.waitFor()
  const { width = 0 } = (await name.boundingBox()) ?? {}
  expect(Math.abs(width - 132)).toBeLessThan(20)
  const box = await value.boundingBox()
  expect((box?.x ?? 0) + (box?.width ?? 360)).toBeLessThan(360)
  await picture(page, 'compare-differences-phone')
})

test('the keyboard keeps its place when buttons change after the answer, and a silence is over when something is heard', async () => {
  const calls = api(service)
  const { id } = await calls.start(quickRequest({ name: 'steered', budget: { experiments: 500 } }))
  onTestFinished(async () => {
    await calls.act(id, 'cancel')
  })
  const page = await open(`/tunings/${id}`)
  await page.route('**/pause', (route) => route.fulfill({ json: {} }))
  await page.getByRole('button', { name: 'Pause' }).press('Enter')
  await expect.poll(() => focused(page)).toBe('BUTTON Pause')
  await calls.act(id, 'pause')
  await page.getByRole('button', { name: 'Resume' }).waitFor()
  await expect.poll(() => focused(page)).toMatch(/^SECTION /)

  const problem = { type: 'about:blank', title: '', status: 503, detail: 'the workflow does not answer' }
  await page.route('**/resume', (route) => route.fulfill({ status: 503, json: problem }))
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByText('does not answer').waitFor()
  await calls.act(id, 'resume')
  await page.getByText('does not answer').waitFor({ state: 'hidden' })
})

test('a page that is slow to come is waited for in sight', async () => {
  const page = await open('/')
  await page.getByText('● live').waitFor()
  let letGo = () => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await page.route(/schedules-page/, async (route) => {
    await held
    await route.continue()
  })
  await page.getByRole('link', { name: 'Schedules' }).click()
  await page.locator('main[aria-busy=true]').waitFor()
  expect(await page.locator('.routing').count()).toBe(1)
  letGo()
  await page.getByRole('heading', { level: 1, name: 'Schedules' }).waitFor()
  await expect.poll(() => page.locator('main').getAttribute('aria-busy')).toBe('false')
})

test('a page that does not exist and a tuning that does not exist say so', async () => {
  const page = await open('/nowhere')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await picture(page, 'not-found')
  await page.goto(`${service.url}/tunings/nothing`)
  await page.getByText('there is no tuning "nothing"').first().waitFor()
})

test('both readers of the API document show its operations', async () => {
  const page = await open('/docs')
  await page.getByText('Start a tuning').first().waitFor()
  await picture(page, 'swagger')
  await page.goto(`${service.url}/redoc`)
  await page.getByRole('heading', { name: 'Start a tuning' }).first().waitFor()
  await picture(page, 'redoc')
})
