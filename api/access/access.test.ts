import { request, type IncomingMessage } from 'node:http'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { allows, Role } from '../../domain/access.ts'
import { apiDocument } from '../app.ts'
import { cookieOf, PASSWORD, startApi } from '../../tests/api.ts'
import { invite } from './invite.ts'

/** What is looked at of an operation in the OpenAPI document. */
const Operation = z.object({ operationId: z.string(), description: z.string().default('') })

const json = async (response: Response) => z.record(z.string(), z.unknown()).parse(await response.json())

describe('beyond loopback', () => {
  let api: Awaited<ReturnType<typeof startApi>>
  const cookies: Partial<Record<Role, string>> = {}
  beforeAll(async () => {
    api = await startApi('0.0.0.0')
    for (const role of Role.options.toReversed()) cookies[role] = await api.join(role, role)
  })

  test('each operation lets in who has its role, and nobody else', async () => {
    const operations = Object.entries(apiDocument(api.context).paths ?? {}).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    )
    expect(operations.length).toBeGreaterThan(40)
    const matrix: Record<string, string> = {}
    for (const { method, path, operation } of operations) {
      const { operationId, description } = Operation.parse(operation)
      const needed = Role.safeParse(/Needs the role (\w+)\./.exec(description)?.[1]).data
      // What ends sessions or sends a stream is tried elsewhere.
      if (['signOut', 'changePassword', 'followAll'].includes(operationId)) continue
      const where = path.replace('/api/v1', '').replaceAll(/\{\w+\}/g, '0')
      const ask = async (headers: Record<string, unknown>) => {
        const stop = new AbortController()
        const response = await fetch(`${api.url}/api/v1${where}`, {
          method: method.toUpperCase(),
          headers: { 'content-type': 'application/json', ...headers },
          ...(method === 'post' ? { body: '{"x-unknown":1}' } : {}),
          signal: stop.signal,
        })
        stop.abort()
        return response.status
      }
      const answers = {
        nobody: await ask({}),
        ...Object.fromEntries(
          await Promise.all(
            Role.options.map(async (role) => [role, await ask({ cookie: cookies[role] })] as const),
          ),
        ),
      }
      const refused = Object.entries(answers).filter(([, status]) => status === 401 || status === 403)
      matrix[operationId] = refused.map(([who]) => who).join(' ')
      const below =
        needed === undefined ? [] : ['nobody', ...Role.options.filter((role) => !allows(role, needed))]
      expect([operationId, matrix[operationId]]).toEqual([operationId, below.join(' ')])
      if (needed !== undefined) expect(answers.nobody).toBe(401)
    }
    expect(matrix).toMatchObject({
      listTunings: 'nobody',
      startTuning: 'nobody viewer',
      checkTuning: 'nobody viewer',
      pauseTuning: 'nobody viewer',
      createWebhook: 'nobody viewer operator',
      inviteUser: 'nobody viewer operator',
      readSession: '',
    })
  })

  test('metrics need a right too; health does not', async () => {
    expect((await fetch(`${api.url}/metrics`)).status).toBe(401)
    expect((await fetch(`${api.url}/metrics`, { headers: { cookie: cookies.viewer ?? '' } })).status).toBe(
      200,
    )
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200)
  })

  test('an invitation makes one user, and no second', async () => {
    const { code } = await invite(api.db, 'viewer', 'admin')
    const join = (name: string) => api.send('POST', '/users', { body: { code, name, password: PASSWORD } })
    expect((await join('admin')).status).toBe(409)
    expect((await join('grace')).status).toBe(204)
    expect((await join('grace2')).status).toBe(403)
    const bad = await api.send('POST', '/users', { body: { code: 'guess', name: 'x', password: 'short' } })
    expect(bad.status).toBe(422)
  })

  test('a password signs in, a wrong one does not, and after some the user has to wait', async () => {
    await api.join('alan', 'viewer')
    const signIn = (password: string) => api.send('POST', '/session', { body: { name: 'alan', password } })
    const right = await signIn(PASSWORD)
    expect(right.status).toBe(204)
    expect(right.headers.get('set-cookie')).toMatch(/; Path=\/; .*HttpOnly; SameSite=Strict/)
    const session = await json(await api.send('GET', '/session', { cookie: cookieOf(right) }))
    expect(session).toEqual({
      user: { name: 'alan', role: 'viewer', projects: ['default'] },
      signInNeeded: true,
      provider: null,
    })
    for (let n = 0; n < 5; n++) expect((await signIn('wrong')).status).toBe(401)
    const locked = await signIn(PASSWORD)
    expect(locked.status).toBe(429)
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0)

    const cookie = cookieOf(right)
    expect((await api.send('DELETE', '/session', { cookie })).status).toBe(204)
    expect((await api.send('GET', '/tunings', { cookie })).status).toBe(401)
  })

  test('a token may what it was given and never more than its user, until it is deleted or expires', async () => {
    const cookie = await api.join('edsger', 'operator')
    const create = (body: unknown) => api.send('POST', '/tokens', { body, cookie })
    expect((await create({ name: 'too much', role: 'admin' })).status).toBe(403)
    const made = await json(await create({ name: 'ci', role: 'operator', days: 1 }))
    const authorization = `Bearer ${String(made['token'])}`
    const check = () => api.send('POST', '/tunings', { body: {}, authorization })
    expect((await check()).status).toBe(422)
    expect((await api.send('GET', '/users', { authorization })).status).toBe(403)

    const stored = await api.db.selectFrom('tokens').selectAll().execute()
    expect(JSON.stringify(stored)).not.toContain(String(made['token']))
    const change = (role: Role) =>
      api.send('POST', '/users/edsger', { body: { role }, cookie: cookies.admin })
    expect((await change('viewer')).status).toBe(204)
    expect((await check()).status).toBe(403)
    expect((await change('operator')).status).toBe(204)

    await api.db
      .updateTable('tokens')
      .set({ expires_at: new Date(0) })
      .execute()
    await expect.poll(async () => (await check()).status).toBe(401)
    expect(
      (await api.send('DELETE', `/tokens/${String(made['id'])}`, { cookie: cookies.viewer })).status,
    ).toBe(404)
    expect((await api.send('DELETE', `/tokens/${String(made['id'])}`, { cookie })).status).toBe(204)
  })

  test('a new password ends the sessions and tokens that were', async () => {
    const cookie = await api.join('barbara', 'viewer')
    const change = (password: string) =>
      api.send('POST', '/password', { body: { password, newPassword: 'another long one' }, cookie })
    expect((await change('wrong')).status).toBe(422)
    const changed = await change(PASSWORD)
    expect(changed.status).toBe(204)
    expect((await api.send('GET', '/tunings', { cookie })).status).toBe(401)
    expect((await api.send('GET', '/tunings', { cookie: cookieOf(changed) })).status).toBe(200)
  })

  test('YAML of nobody is not read', async () => {
    const response = await fetch(`${api.url}/api/v1/tunings`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: '['.repeat(5000),
    })
    expect(response.status).toBe(401)
  })

  test('the last admin stays, and what was changed is told with who did it', async () => {
    const cookie = cookies.admin
    expect((await api.send('DELETE', '/users/admin', { cookie })).status).toBe(409)
    expect((await api.send('POST', '/users/admin', { cookie, body: { role: 'viewer' } })).status).toBe(409)
    await api.join('tony', 'viewer')
    expect((await api.send('DELETE', '/users/tony', { cookie })).status).toBe(204)
    const { changes } = await json(await api.send('GET', '/audit?limit=1', { cookie }))
    expect(changes).toMatchObject([
      { who: 'admin', operation: 'deleteUser', path: '/api/v1/users/tony', status: 204 },
    ])
  })

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another subdomain', { 'sec-fetch-site': 'same-site' }],
    ['an old browser on another site', { origin: 'https://evil.example' }],
  ])('a request with the cookie from %s changes nothing', async (_where, headers) => {
    const response = await api.send('POST', '/invitations', {
      body: { role: 'admin' },
      cookie: cookies.admin,
      ...headers,
    })
    expect(response.status).toBe(403)
    expect(await json(response)).toMatchObject({ detail: 'the request comes from a page of another site' })
  })

  test('addresses are limited in how often they may guess', async () => {
    const tries = await Promise.all(
      Array.from({ length: 40 }, () => api.send('POST', '/session', { body: { name: 'x', password: 'y' } })),
    )
    expect(tries.map(({ status }) => status)).toContain(429)
  })
})

describe('what is written down, and what tokens may', () => {
  let api: Awaited<ReturnType<typeof startApi>>
  const cookies: Partial<Record<Role, string>> = {}
  beforeAll(async () => {
    api = await startApi('0.0.0.0')
    for (const role of Role.options.toReversed()) cookies[role] = await api.join(role, role)
  })

  test('the audit log says to whom, with what, and what was refused; it holds no secret', async () => {
    const cookie = cookies.admin
    await api.send('POST', '/projects', { cookie, body: { name: 'chat' } })
    await api.send('POST', '/projects/chat/members', { cookie, body: { user: 'viewer' } })
    await api.send('POST', '/tokens', { cookie: cookies.viewer, body: { name: 'ci', role: 'operator' } })
    const made = await json(
      await api.send('POST', '/tokens', { cookie: cookies.viewer, body: { name: 'ci' } }),
    )
    await api.send('POST', '/session', { body: { name: 'viewer', password: 'a guess' } })
    await api.send('POST', '/session', { body: { name: 'viewer', password: PASSWORD } })
    await api.send('POST', '/tunings', { body: { name: 'of a stranger' } })
    const { code } = await invite(api.db, 'viewer', 'admin')
    await api.send('POST', '/users', { body: { code, name: 'kurt', password: PASSWORD } })
    const { changes } = await json(await api.send('GET', '/audit?limit=7', { cookie }))
    expect(changes).toMatchObject([
      { who: 'kurt', operation: 'join', status: 204, asked: 'name: kurt' },
      { who: 'viewer', operation: 'signIn', status: 204, asked: 'name: viewer' },
      { who: 'nobody', operation: 'signIn', status: 401, asked: 'name: viewer' },
      { who: 'viewer', operation: 'createToken', status: 201, asked: `name: ci, id: ${String(made['id'])}` },
      { who: 'viewer', operation: 'createToken', status: 403, asked: 'name: ci, role: operator' },
      { who: 'admin', operation: 'addMember', path: '/api/v1/projects/chat/members', asked: 'user: viewer' },
      { who: 'admin', operation: 'createProject', asked: 'name: chat' },
    ])
    const kept = JSON.stringify(await api.db.selectFrom('audit').selectAll().execute())
    for (const secret of [code, PASSWORD, 'a guess', String(made['token'])])
      expect(kept).not.toContain(secret)
  })

  test('a token gives and takes no more than it has itself', async () => {
    const cookie = await api.join('tim', 'operator')
    const create = async (body: object, by: object = { cookie }) =>
      json(await api.send('POST', '/tokens', { body, ...by }))
    const strong = await create({ name: 'strong', role: 'operator' })
    const weak = await create({ name: 'weak', role: 'viewer', days: 2 })
    const by = { authorization: `Bearer ${String(weak['token'])}` }
    expect(await create({ name: 'for longer', days: 3 }, by)).toMatchObject({
      status: 403,
      detail: expect.stringContaining('lives longer than itself'),
    })
    expect(await create({ name: 'shorter', days: 1 }, by)).toMatchObject({ name: 'shorter' })
    const remove = async (id: unknown) =>
      (await api.send('DELETE', `/tokens/${String(id)}`, { ...by })).status
    expect(await remove(strong['id'])).toBe(403)
    expect(await remove(weak['id'])).toBe(204)
    expect(await remove(weak['id'])).toBe(401)
  })
})

describe('when rights end', () => {
  let api: Awaited<ReturnType<typeof startApi>>
  let admin: string
  beforeAll(async () => {
    api = await startApi('0.0.0.0')
    admin = await api.join('admin', 'admin')
  })

  test('passwords cannot be guessed where one is changed, nor can a token change one', async () => {
    const cookie = await api.join('donald', 'viewer')
    const body = (password: string) => ({ password, newPassword: 'another long one' })
    const change = (password: string) => api.send('POST', '/password', { body: body(password), cookie })
    const made = await json(await api.send('POST', '/tokens', { body: { name: 'ci' }, cookie }))
    const authorization = `Bearer ${String(made['token'])}`
    const byToken = await api.send('POST', '/password', { body: body(PASSWORD), authorization })
    expect(byToken.status).toBe(403)
    for (let n = 0; n < 5; n++) expect((await change('wrong')).status).toBe(422)
    expect((await change(PASSWORD)).status).toBe(429)
  })

  test('a stream ends with the rights of who follows it', async () => {
    const streams = await Promise.all(
      ['leslie', 'niklaus'].map(async (name) => {
        const cookie = await api.join(name, 'viewer')
        const { body } = await api.send('GET', '/events', { cookie })
        const reader = body?.getReader()
        await reader?.read()
        return { name, reader }
      }),
    )
    const [gone, stays] = streams
    expect((await api.send('DELETE', '/users/leslie', { cookie: admin })).status).toBe(204)
    let end = await gone?.reader?.read()
    while (end?.done === false) end = await gone?.reader?.read()
    expect(end?.done).toBe(true)
    api.context.hub.onNews('fleet')
    expect((await stays?.reader?.read())?.done).toBe(false)
  })

  test('a stream ends when its token expires', async () => {
    const cookie = await api.join('ken', 'viewer')
    const made = await json(await api.send('POST', '/tokens', { body: { name: 'ci' }, cookie }))
    await api.db
      .updateTable('tokens')
      .set({ expires_at: new Date(Date.now() + 1500) })
      .where('id', '=', String(made['id']))
      .execute()
    const authorization = `Bearer ${String(made['token'])}`
    const { status, body } = await api.send('GET', '/events', { authorization })
    expect(status).toBe(200)
    expect(await new Response(body).text()).toBe('retry: 1000\n\n')
  })

  test('what the service gave makes an owner, once, and nobody when there is one; a new one takes its place', async () => {
    const fresh = await startApi('0.0.0.0')
    const ofStart = async () => (await invite(fresh.db, 'admin', null)).code
    const links = [await ofStart(), await ofStart()]
    const join = async (code: unknown, name: string) =>
      (await fresh.send('POST', '/users', { body: { code, name, password: PASSWORD } })).status
    expect(await join(links[0], 'eve')).toBe(403)
    expect(await join(links[1], 'owner')).toBe(204)
    expect(await join(await ofStart(), 'eve')).toBe(403)
  })

  test('an invitation ends with the rights of who gave it', async () => {
    const cookie = await api.join('kristen', 'admin')
    const invite = () => api.send('POST', '/invitations', { body: { role: 'admin' }, cookie })
    const codes = [(await json(await invite()))['code'], (await json(await invite()))['code']]
    const join = (code: unknown) =>
      api.send('POST', '/users', { body: { code, name: 'kristen2', password: PASSWORD } })
    const change = { cookie: admin }
    await api.send('POST', '/users/kristen', { ...change, body: { role: 'viewer' } })
    expect((await join(codes[0])).status).toBe(403)
    await api.send('DELETE', '/users/kristen', change)
    expect((await join(codes[1])).status).toBe(403)
  })
})

describe('on loopback', () => {
  let api: Awaited<ReturnType<typeof startApi>>
  beforeAll(async () => (api = await startApi('127.0.0.1')))

  test('everybody may do all, but not a page of another site, nor by another name', async () => {
    expect((await api.send('GET', '/tunings')).status).toBe(200)
    expect((await api.send('POST', '/tunings/0/pause')).status).toBe(404)
    expect((await api.send('POST', '/tunings/0/pause', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect(await hostAsked(api.url, 'rebound.example')).toBe(403)
    expect(await hostAsked(api.url, 'localhost:4680')).toBe(200)
    expect((await api.send('POST', '/tokens', { body: { name: 'ci' } })).status).toBe(409)
  })

  test('until there is a user, who has to be an admin', async () => {
    expect((await api.send('POST', '/invitations', { body: { role: 'viewer' } })).status).toBe(409)
    const invitation = await json(await api.send('POST', '/invitations', { body: { role: 'admin' } }))
    const body = { code: invitation['code'], name: 'ada', password: PASSWORD }
    const joined = await api.send('POST', '/users', { body })
    expect(joined.status).toBe(204)
    expect((await api.send('GET', '/tunings')).status).toBe(401)
    expect((await api.send('GET', '/tunings', { cookie: cookieOf(joined) })).status).toBe(200)
  })
})

/** Asks under another name; fetch would not let it be set. */
async function hostAsked(url: string, host: string): Promise<number> {
  const asked = request(`${url}/api/v1/tunings`, { headers: { host } }).end()
  const response = await new Promise<IncomingMessage>((resolve) => asked.once('response', resolve))
  response.resume()
  return response.statusCode ?? 0
}
