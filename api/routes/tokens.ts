import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { listChanges } from '../../database/audit.ts'
import { createToken, deleteToken, listTokens, type StoredToken } from '../../database/credentials.ts'
import { allows, Role } from '../../domain/access.ts'
import { Name } from '../../domain/name.ts'
import type { Principal } from '../access/principal.ts'
import { hashSecret, newSecret } from '../access/secrets.ts'
import type { ApiContext } from '../context.ts'
import { Id, Time } from '../fields.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'

const TokenView = z
  .object({
    id: z.string(),
    user: z.string(),
    name: z.string(),
    role: Role.meta({ description: 'What it may do, and never more than its user.' }),
    createdAt: Time,
    expiresAt: Time,
    usedAt: Time.nullable(),
  })
  .meta({ id: 'Token' })

const NewToken = TokenView.extend({
  token: z.string().meta({ description: 'Shown only here.' }),
}).meta({ id: 'NewToken' })

const Change = z
  .object({
    id: z.int(),
    at: Time,
    who: z.string(),
    operation: z.string().meta({ description: 'The `operationId`.' }),
    path: z.string(),
    status: z.int().meta({ description: '401, 403 and 429: it was refused.' }),
    address: z.string().nullable(),
    asked: z.string().nullable().meta({
      description: 'The plain values that it was asked with, and the id of what it made; no secrets.',
    }),
  })
  .meta({ id: 'Change' })

const DAY_MS = 24 * 3_600_000

export function tokenRoutes({ db }: ApiContext): Route[] {
  return [
    route({
      method: 'post',
      path: '/tokens',
      operationId: 'createToken',
      tag: 'Access',
      needs: 'viewer',
      summary: 'Create a token, for programs and the CLI (REDLINE_TOKEN)',
      body: z.object({
        name: Name.max(100),
        role: Role.default('viewer'),
        days: z.int().min(1).max(366).default(90).meta({ description: 'It expires after as many.' }),
      }),
      responses: { 201: { description: 'Created', schema: NewToken } },
      problems: [409],
      async handle({ body: { name, role, days }, who }) {
        if (who.by === 'loopback') throw new HttpProblem(409, 'there are no users yet, and so no tokens')
        if (!allows(who.role, role)) {
          throw new HttpProblem(403, `${who.name} is ${who.role} here and cannot give the role ${role}`)
        }
        const expiresAt = new Date(Date.now() + days * DAY_MS)
        if (who.by === 'token' && who.expiresAt !== null && expiresAt > who.expiresAt) {
          throw new HttpProblem(
            403,
            `a token cannot make one that lives longer than itself, until ${who.expiresAt.toISOString()}: ask for fewer days, or sign in`,
          )
        }
        const token = newSecret('redline_')
        const stored = await createToken(db, {
          id: randomBytes(6).toString('hex'),
          hash: hashSecret(token),
          user_name: who.name,
          name,
          role,
          expires_at: expiresAt,
        })
        return { status: 201, body: { ...tokenView(stored), token } }
      },
    }),

    route({
      method: 'get',
      path: '/tokens',
      operationId: 'listTokens',
      tag: 'Access',
      needs: 'viewer',
      summary: "List one's tokens; an admin sees all",
      responses: {
        200: { description: 'The oldest first', schema: z.object({ tokens: z.array(TokenView) }) },
      },
      problems: [],
      async handle({ who }) {
        return { status: 200, body: { tokens: (await listTokens(db, reachOf(who))).map(tokenView) } }
      },
    }),

    route({
      method: 'delete',
      path: '/tokens/:id',
      operationId: 'deleteToken',
      tag: 'Access',
      needs: 'viewer',
      summary: 'Delete a token; it is refused from then on',
      description: 'A token deletes those that may do no more than itself.',
      params: Id,
      responses: { 204: { description: 'Deleted' } },
      problems: [404],
      async handle({ params: { id }, who }) {
        const token = (await listTokens(db, reachOf(who))).find((one) => one.id === id)
        if (token === undefined) throw new HttpProblem(404, `there is no token "${id}"`)
        if (who.by === 'token' && !allows(who.role, token.role))
          throw new HttpProblem(403, `this token is ${who.role} and cannot delete one that is ${token.role}`)
        await deleteToken(db, id)
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'get',
      path: '/audit',
      operationId: 'listChanges',
      tag: 'Access',
      needs: 'admin',
      summary: 'List who changed what, and what was refused',
      query: z.strictObject({
        before: z.coerce
          .number()
          .int()
          .min(1)
          .optional()
          .meta({ description: 'Entries older than this one.' }),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
      responses: {
        200: { description: 'The newest first', schema: z.object({ changes: z.array(Change) }) },
      },
      problems: [],
      async handle({ query: { before = 0, limit } }) {
        const changes = (await listChanges(db, { before, limit })).map((entry) => ({
          ...entry,
          at: entry.at.toISOString(),
        }))
        return { status: 200, body: { changes } }
      },
    }),
  ]
}

/** Whose tokens somebody may see: an admin everybody's. */
function reachOf({ name, role }: Principal): string | null {
  return role === 'admin' ? null : name
}

function tokenView(token: StoredToken): z.infer<typeof TokenView> {
  const { id, user_name, name, role, created_at, expires_at, used_at } = token
  return {
    id,
    user: user_name,
    name,
    role,
    createdAt: created_at.toISOString(),
    expiresAt: expires_at.toISOString(),
    usedAt: used_at?.toISOString() ?? null,
  }
}
