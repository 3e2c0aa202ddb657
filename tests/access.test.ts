import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from './browser.ts'
import { runCli, startTestService, type TestService } from './service.ts'

const PASSWORD = 'correct horse battery'

let service: TestService
let browser: Browser
/** Of ada, whom the link of the first start made the owner, with her settings open. */
let owner: Page
const troubles: string[] = []

beforeAll(async () => {
  service = await startTestService({
    REDLINE_LISTEN: '0.0.0.0',
    REDLINE_OIDC_ISSUER: 'https://login.example',
    REDLINE_OIDC_CLIENT_ID: 'redline',
  })
  browser = await launchBrowser()
  owner = await join(service.url + (/\/join#[\w-]+/.exec(service.output())?.[0] ?? ''), 'ada')
  await owner.getByRole('link', { name: 'Settings' }).click()
  await owner.getByRole('button', { name: 'Invite a user' }).click()
  const invitation = owner.getByText(/\/join#/).first()
  await join(/http\S+/.exec((await invitation.textContent()) ?? '')?.[0] ?? '', 'grace')
})
afterAll(async () => {
  await browser.close()
  await service.remove()
})

/** Makes somebody a user by a link, in a browser of their own. */
async function join(link: string, name: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  page.on('pageerror', ({ message }) => troubles.push(message))
  page.on('console', (message) => {
    // The browser itself reports each answer to somebody who is not signed in.
    if (message.type() === 'error' && !message.text().includes('status of 401')) troubles.push(message.text())
  })
  await page.goto(link)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.locator('button[type=submit]').click()
  await page.getByText(name, { exact: true }).waitFor()
  return page
}

/** Fills in the sign-in page. */
async function signIn(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('who opened the link of the first start is the owner, and gives the CLI a token', async () => {
  await owner.getByLabel('Name').fill('laptop')
  await owner.getByRole('button', { name: 'Create token' }).click()
  const token = (await owner.getByText(/^redline_/).textContent())?.trim()
  const withToken = { ...service.env, REDLINE_TOKEN: token }
  expect(await runCli(withToken, 'list')).toMatchObject({ code: 0 })
  const audit = await runCli({ ...withToken, REDLINE_TOKEN: undefined }, 'audit')
  expect(audit).toMatchObject({ code: 1, stderr: expect.stringContaining('sign in, or send a token') })
  expect((await runCli(withToken, 'audit')).stderr).toContain('ada is operator here')
  expect((await runCli(withToken, 'project', 'list')).stdout).toMatch(/^default +0 +0 +everybody$/m)
  const denied = await runCli(withToken, 'project', 'create', 'ranking')
  expect(denied.stderr).toContain('ada is operator here')

  for (const colorScheme of ['light', 'dark'] as const) {
    await owner.emulateMedia({ colorScheme })
    await owner.evaluate(axe.source)
    const { violations }: axe.AxeResults = await owner.evaluate('axe.run()')
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
  }
  expect(troubles).toEqual([])
})

test('who is not signed in is led to the sign-in and back to where they were', async () => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${service.url}/hosts`)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  const provider = page.getByRole('link', { name: 'Sign in with login.example' })
  expect(await provider.getAttribute('href')).toBe('/api/v1/session/provider')
  await page.getByLabel('Name').fill('ada')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('name or password is wrong').waitFor()
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Hosts' }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(await page.evaluate("fetch('/api/v1/tunings').then(({ status }) => status)")).toBe(401)
})

test('an open page says that its session has ended, and is live again when there is another', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${service.url}/schedules`)
  await signIn(page, 'grace')
  await page.getByText('● live').waitFor()
  const other = await context.newPage()
  await other.goto(service.url)
  await other.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('You are signed out').waitFor()
  const way = page.getByRole('link', { name: 'sign in', exact: true })
  expect(await way.getAttribute('href')).toBe('/sign-in?to=%2Fschedules')
  await signIn(other, 'grace')
  await other.getByText('● live').waitFor()
  await page.evaluate("window.dispatchEvent(new Event('focus'))")
  await page.getByText('● live').waitFor()
})

test('a request that is half written outlives the session', async () => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${service.url}/new`)
  await signIn(page, 'grace')
  await page.getByText('Ready to start').waitFor()
  expect(await page.getByText('Your session has ended').count()).toBe(0)
  await page.getByLabel('Name', { exact: true }).fill('half written')
  await page.getByText('Ready to start').waitFor()
  await page.evaluate("fetch('/api/v1/session', { method: 'DELETE' })")
  await page.getByRole('button', { name: 'Start tuning' }).click()
  await page.getByText('Your session has ended').waitFor()
  await signIn(page, 'grace')
  await page.getByText('Ready to start').waitFor()
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('half written')
  expect(await page.evaluate('sessionStorage.length')).toBe(0)
})

test('on a phone all of the navigation is in sight', async () => {
  await owner.setViewportSize({ width: 360, height: 740 })
  const edges = await Promise.all(
    (await owner.locator('.top nav a:visible').all()).map(async (link) => await link.boundingBox()),
  )
  expect(edges.length).toBe(4)
  for (const edge of edges) expect((edge?.x ?? 360) + (edge?.width ?? 0)).toBeLessThanOrEqual(360)
  await owner.setViewportSize({ width: 1280, height: 720 })
})

test('a viewer is offered what a viewer may do, and told what more needs', async () => {
  await owner.getByRole('link', { name: 'Settings' }).click()
  const users = owner.getByRole('region', { name: 'Users' })
  await users.locator('form').getByRole('combobox').selectOption('viewer')
  await owner.getByRole('button', { name: 'Invite a user' }).click()
  await owner.getByText('becomes viewer').waitFor()
  const invitation = owner.getByText(/\/join#/).first()
  const vera = await join(/http\S+/.exec((await invitation.textContent()) ?? '')?.[0] ?? '', 'vera')
  await vera.getByText('starting tunings needs the role operator').waitFor()
  const offered = () => vera.locator('main').getByRole('button', { name: /./ }).allTextContents()
  expect(await vera.getByRole('link', { name: /New|Start/ }).count()).toBe(0)
  await vera.getByRole('link', { name: 'Hosts' }).click()
  await vera.locator('.state-alive').waitFor()
  expect(await offered()).toEqual([])
  await vera.getByRole('link', { name: 'Schedules' }).click()
  await vera.getByText('creating schedules needs the role operator').waitFor()
  await vera.getByRole('link', { name: 'Settings' }).click()
  await vera.getByText('adding webhooks needs the role admin').waitFor()
  expect(await vera.getByLabel('May what a').locator('option').allTextContents()).toEqual(['viewer'])
  expect(await offered()).toEqual(['Create token'])
  expect(troubles).toEqual([])
})

test('an admin makes a project with a member and quotas; who is in more than one chooses among them', async () => {
  const page = await (await browser.newContext()).newPage()
  const choice = () => page.getByRole('combobox', { name: 'Project', exact: true })
  await page.goto(`${service.url}/sign-in`)
  await signIn(page, 'ada')
  await page.getByRole('heading', { level: 1, name: 'Tunings' }).waitFor()
  expect(await choice().count()).toBe(0)

  await page.getByRole('link', { name: 'Settings' }).click()
  const projects = page.getByRole('region', { name: 'Projects' })
  await projects.getByLabel('New project').fill('ranking')
  await projects.getByRole('button', { name: 'Create project' }).click()
  await projects.getByLabel('User for ranking').fill('grace')
  await projects.getByRole('button', { name: 'Add', exact: true }).click()
  await projects.getByRole('list', { name: 'Members of ranking' }).getByText('grace').waitFor()
  await projects.getByLabel('Running tunings of ranking').fill('2')
  await projects.getByRole('button', { name: 'Set quotas of ranking' }).click()
  await projects.getByText('0 of 2 running tunings').waitFor()

  await page.goto(`${service.url}/new`)
  await choice().selectOption('ranking')
  await page.getByRole('button', { name: 'Start tuning' }).click()
  await page.getByText('project ranking').waitFor()
  await page.goto(service.url)
  await page.getByRole('columnheader', { name: 'Project' }).waitFor()
  await choice().selectOption('default')
  await page.getByText('Nothing matches the filter').waitFor()
  await choice().selectOption('ranking')
  await page.getByRole('row', { name: /ranking/ }).waitFor()
})
