import { parseCookie } from 'cookie'
import type { Request, RequestHandler, Response } from 'express'
import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { Database } from '../../database/connect.ts'
import {
  createSession,
  deleteSession,
  findSession,
  findToken,
  type Bearer,
} from '../../database/credentials.ts'
import { hasUsers } from '../../database/users.ts'
import { allows, type Role } from '../../domain/access.ts'
import { isLoopback } from '../../domain/network.ts'
import type { ApiContext } from '../context.ts'
import { HttpProblem } from '../problems.ts'
import { REMEMBERED_MS } from '../remembered.ts'
import type { Principal } from './principal.ts'
import { hashSecret, newSecret } from './secrets.ts'

export const SESSION_COOKIE = 'redline_session'
const SESSION_DAYS = 14
const LOCAL: Principal = { name: 'local', role: 'admin', projects: null, by: 'loopback', expiresAt: null }
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

const principals = new WeakMap<Request, Principal>()
/** Who became known by a request itself: by signing in. */
const newcomers = new WeakMap<Request, string>()
/** Finds who makes a request anew. */
const findAgain = new WeakMap<Request, () => Promise<Principal | null>>()

/** Returns who makes a request; null for somebody unknown. */
export function principalOf(request: Request): Principal | null {
  return principals.get(request) ?? null
}

/** Returns the name of who makes a request, or has signed in by it. */
export function nameOf(request: Request): string | null {
  return newcomers.get(request) ?? principalOf(request)?.name ?? null
}

/** Tells whether who makes a request that still goes on would be let in now, with the same rights. */
export async function hasSameRights(request: Request): Promise<boolean> {
  const now = await findAgain
    .get(request)?.()
    .catch(() => null)
  return isDeepStrictEqual(now ?? null, principalOf(request))
}

/** Tells whether nobody needs to sign in: the service listens on loopback and has no users. */
export function openness({ db, listen }: { db: Database; listen: string }): () => Promise<boolean> {
  // There is always one again after the first: the last admin cannot be removed.
  let known = !isLoopback(listen)
  return async () => !(known ||= await hasUsers(db))
}

/** Finds who makes each request, by bearer token or by the session's cookie, and refuses what another site sent. */
export function identify({ db, hub, isOpen }: Pick<ApiContext, 'db' | 'hub' | 'isOpen'>): RequestHandler {
  return async (request, _response, next) => {
    findAgain.set(request, () => find(request))
    const principal = await find(request)
    if (principal !== null) principals.set(request, principal)
    if (principal?.by !== 'token') refuseOtherSites(request)
    next()
  }

  async function find(request: Request): Promise<Principal | null> {
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token !== undefined) {
      const found = await remembered(hashSecret(token), findToken)
      if (found === null) throw new HttpProblem(401, 'the token is not valid: it has expired or was deleted')
      return found
    }
    const session = sessionOf(request)
    const found = session === null ? null : await remembered(hashSecret(session), findSession)
    if (found !== null) return found
    const heardBefore = hub.principals.heard
    if (hub.principals.get(LOCAL.name) === undefined) {
      if (!(await isOpen())) return null
      hub.principals.keep('', LOCAL.name, LOCAL, heardBefore)
    }
    refuseForeignNames(request)
    return LOCAL
  }

  /** Returns who a secret stands for, without asking the database each time. */
  async function remembered(
    hash: string,
    read: (db: Database, hash: string) => Promise<Bearer | null>,
  ): Promise<Principal | null> {
    const known = hub.principals.get(hash)
    if (known !== undefined) return known
    const heardBefore = hub.principals.heard
    const found = await read(db, hash)
    if (found === null) return null
    if (found.expiresAt.getTime() - Date.now() > REMEMBERED_MS)
      hub.principals.keep('', hash, found, heardBefore)
    return found
  }
}

/** Throws unless who makes the request may do what the role is needed for. */
export function requireRole(request: Request, needed: Role): Principal {
  const principal = principalOf(request)
  if (principal === null) {
    throw new HttpProblem(401, 'sign in, or send a token: Authorization: Bearer redline_...')
  }
  if (allows(principal.role, needed)) return principal
  throw new HttpProblem(403, `${principal.name} is ${principal.role} here; this needs the role ${needed}`)
}

/** Starts a session; its secret is kept in a cookie that scripts cannot read and other sites cannot send. */
export async function signIn(db: Database, response: Response, name: string): Promise<void> {
  const secret = newSecret()
  const expires = new Date(Date.now() + SESSION_DAYS * 24 * 3_600_000)
  await createSession(db, { hash: hashSecret(secret), user_name: name, expires_at: expires })
  newcomers.set(response.req, name)
  response.cookie(SESSION_COOKIE, secret, { ...cookieOptions(response.req), expires })
}

export async function signOut(db: Database, response: Response): Promise<void> {
  const session = sessionOf(response.req)
  if (session !== null) await deleteSession(db, hashSecret(session))
  response.clearCookie(SESSION_COOKIE, cookieOptions(response.req))
}

function cookieOptions({ secure }: Request) {
  return { httpOnly: true, sameSite: 'strict', secure, path: '/' } as const
}

function sessionOf(request: Request): string | null {
  return parseCookie(request.headers.cookie ?? '')[SESSION_COOKIE] ?? null
}

/** A browser says where a request comes from; one of another site must not act with the cookie or the loopback's rights. */
function refuseOtherSites({ method, headers }: Request): void {
  if (SAFE_METHODS.includes(method)) return
  const site = headers['sec-fetch-site']
  const isOurs =
    site === undefined
      ? headers.origin === undefined || hostOf(headers.origin) === headers.host
      : site === 'same-origin' || site === 'none'
  if (!isOurs) throw new HttpProblem(403, 'the request comes from a page of another site')
}

/** A name that somebody else's DNS points at this machine must not open what is open on loopback. */
function refuseForeignNames({ headers }: Request): void {
  const name =
    hostOf(`http://${headers.host ?? ''}`)
      ?.replace(/:\d+$/, '')
      .replace(/^\[|\]$/g, '') ?? ''
  if (name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0) return
  throw new HttpProblem(
    403,
    `the service is open on loopback only, and was asked as "${name}": add a user first (redline user invite)`,
  )
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
