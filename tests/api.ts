import { Client, Connection } from '@temporalio/client'
import { once } from 'node:events'
import { pino } from 'pino'
import { afterAll, expect } from 'vitest'
import type { Database } from '../database/connect.ts'
import { listenForNotifications } from '../database/notifications.ts'
import { vaultOf } from '../database/vault.ts'
import type { Role } from '../domain/access.ts'
import { newDatabase } from './database.ts'
import { openness } from '../api/access/identity.ts'
import { invite } from '../api/access/invite.ts'
import { createApp } from '../api/app.ts'
import type { ApiContext } from '../api/context.ts'
import { EventHub } from '../api/event-hub.ts'
import { createApiServer, type Patience } from '../api/server.ts'

export const PASSWORD = 'correct horse battery'

const closing: (() => Promise<void>)[] = []
afterAll(() => Promise.all(closing.map((close) => close())))

/** What an API works with on a database, as if it listened on an address; there is no Temporal, and no provider. */
export function apiContext(db: Database, listen: string): ApiContext {
  return {
    db,
    isOpen: openness({ db, listen }),
    hub: new EventHub(),
    client: new Client({ connection: Connection.lazy() }),
    link: () => null,
    provider: null,
    log: pino({ enabled: false }),
    host: 'test',
    version: '0',
    models: {},
    vault: vaultOf(undefined),
    allowed: {},
    proxies: ['loopback'],
  }
}

/** Starts an API on a database of its own, as if it listened on an address; there is no Temporal. */
export async function startApi(listen: string, patience?: Patience) {
  const { db, databaseUrl } = await newDatabase()
  const context = apiContext(db, listen)
  const stopListening = await listenForNotifications(databaseUrl, context.hub)
  const server = createApiServer(createApp(context), patience).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.close()
    server.closeAllConnections()
    await stopListening()
    await db.destroy()
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const url = `http://127.0.0.1:${port}`
  const send = (method: string, path: string, { body, ...headers }: Record<string, unknown> = {}) =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  /** Makes a user, of whom the first has to be an admin, and returns the cookie of the session. */
  async function join(name: string, role: Role): Promise<string> {
    const admin = await db.selectFrom('users').select('name').where('role', '=', 'admin').executeTakeFirst()
    const { code } = await invite(db, role, admin?.name ?? null)
    const response = await send('POST', '/users', { body: { code, name, password: PASSWORD } })
    expect(response.status).toBe(204)
    return cookieOf(response)
  }
  return { db, url, port, context, send, join }
}

export function cookieOf(response: Response): string {
  return response.headers.get('set-cookie')?.split(';')[0] ?? ''
}
