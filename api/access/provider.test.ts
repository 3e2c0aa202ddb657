import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../database/connect.ts'
import { addMember, createProject } from '../../database/projects.ts'
import { providerOf, readSettings } from '../../domain/settings.ts'
import { freePort } from '../../runtimes/ports.ts'
import { apiContext } from '../../tests/api.ts'
import { newDatabase } from '../../tests/database.ts'
import { createApp } from '../app.ts'
import { CALLBACK_PATH, identityProvider } from './provider.ts'

/** Whom the provider knows, with their groups. */
const GROUPS: Record<string, string[]> = {
  ada: ['platform'],
  grace: ['ml'],
  alan: ['ml', 'search'],
  guest: [],
  impostor: ['platform'],
}

let issuer: string
let url: string
let db: Database
const servers: Server[] = []

beforeAll(async () => {
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  issuer = await startProvider()
  db = (await newDatabase()).db
  const settings = providerOf(
    readSettings({
      REDLINE_OIDC_ISSUER: issuer,
      REDLINE_OIDC_CLIENT_ID: 'redline',
      REDLINE_OIDC_CLIENT_SECRET: 'secret of redline',
      REDLINE_OIDC_ROLES: 'platform=admin,ml=operator',
      REDLINE_OIDC_PROJECTS: 'ml=chat,search=ranking,ml=not-made-yet',
    }),
  )
  const provider = settings === null ? null : identityProvider(settings, url)
  const app = createApp({ ...apiContext(db, '0.0.0.0'), provider })
  await listen(createServer(app), port)
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await db.destroy()
})

async function listen(server: Server, port: number): Promise<void> {
  servers.push(server.listen(port, '127.0.0.1'))
  await once(server, 'listening')
}

async function startProvider(): Promise<string> {
  const port = await freePort()
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      { client_id: 'redline', client_secret: 'secret of redline', redirect_uris: [url + CALLBACK_PATH] },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        // One who calls themselves by somebody else's name.
        preferred_username: sub === 'impostor' ? 'ada' : sub,
        groups: GROUPS[sub],
      }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ['of the test'] },
  })
  const handle = provider.callback()
  await listen(
    createServer((request, response) => void handle(request, response)),
    port,
  )
  return `http://127.0.0.1:${port}`
}

/** A browser as far as sign-in needs one: cookies, redirects, and the provider's two forms. */
function newBrowser() {
  const cookies = new Map<string, string>()
  async function open(address: string, form?: Record<string, string>): Promise<Response> {
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  return {
    cookies,
    open,
    /** Follows what leads on, and fills in forms, until the answer to the callback. */
    async signIn(login: string): Promise<{ response: Response; callback: string }> {
      let address = `${url}/api/v1/session/provider`
      let form: Record<string, string> | undefined
      for (;;) {
        const response = await open(address, form)
        if (address.startsWith(url + CALLBACK_PATH)) return { response, callback: address }
        const location = response.headers.get('location')
        form = undefined
        if (location !== null) address = new URL(location, address).href
        else {
          const page = await response.text()
          const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(page) ?? []
          form = { prompt, login, password: 'any' }
        }
      }
    },
  }
}

const session = async (browser: ReturnType<typeof newBrowser>) =>
  (await browser.open(`${url}/api/v1/session`)).json()

test('who the provider knows is signed in, with the role of their group at each sign-in', async () => {
  expect((await newBrowser().signIn('grace')).response.status).toBe(409)
  const ada = newBrowser()
  const { response } = await ada.signIn('ada')
  expect([response.status, response.headers.get('location')]).toEqual([302, '/'])
  expect(response.headers.get('set-cookie')).toMatch(/redline_session=.*HttpOnly; SameSite=Strict/)
  expect(await session(ada)).toEqual({
    user: { name: 'ada', role: 'admin', projects: ['default'] },
    signInNeeded: true,
    provider: issuer,
  })
  const grace = newBrowser()
  await grace.signIn('grace')
  expect(await session(grace)).toMatchObject({ user: { name: 'grace', role: 'operator' } })
  GROUPS['grace'] = ['platform']
  const again = newBrowser()
  await again.signIn('grace')
  expect(await session(again)).toMatchObject({ user: { name: 'grace', role: 'admin' } })
})

test('members of a project that a group stands for are those of the group, at each sign-in', async () => {
  for (const project of ['chat', 'ranking', 'other']) await createProject(db, project, {})
  await newBrowser().signIn('ada')
  const first = newBrowser()
  await first.signIn('alan')
  await addMember(db, 'other', 'alan')
  expect(await session(first)).toMatchObject({ user: { projects: ['chat', 'default', 'other', 'ranking'] } })
  GROUPS['alan'] = ['ml']
  const second = newBrowser()
  await second.signIn('alan')
  expect(await session(second)).toMatchObject({ user: { projects: ['chat', 'default', 'other'] } })
})

test('who has no group, or the name of another, is not let in', async () => {
  const { response } = await newBrowser().signIn('guest')
  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining('gives you no role here') })
  const impostor = newBrowser()
  expect((await impostor.signIn('impostor')).response.status).toBe(409)
  expect(await session(impostor)).toMatchObject({ user: null })
})

test('an answer of the provider counts once, and in the browser that asked', async () => {
  const asked = newBrowser()
  const { callback } = await asked.signIn('ada')
  expect((await newBrowser().open(callback)).status).toBe(401)
  await asked.open(`${url}/api/v1/session/provider`)
  expect((await asked.open(callback)).status).toBe(401)
})

test('nobody signs in with a password to what the provider vouches for', async () => {
  const response = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'ada', password: 'none' }),
  })
  expect(response.status).toBe(401)
})
