import type { Response } from 'express'
import { z } from 'zod'
import {
  acceptInvitation,
  changeUser,
  countFailedSignIn,
  findUser,
  forgetFailedSignIns,
  listUsers,
  setPassword,
  type StoredUser,
} from '../../database/users.ts'
import { listProjectNames } from '../../database/projects.ts'
import { Password, Role, UserName } from '../../domain/access.ts'
import { principalOf, signIn, signOut } from '../access/identity.ts'
import { invite } from '../access/invite.ts'
import { ownerOf, type Principal } from '../access/principal.ts'
import { hashPassword, hashSecret, isPassword } from '../access/secrets.ts'
import type { ApiContext } from '../context.ts'
import { Time } from '../fields.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'

const Session = z
  .object({
    user: z
      .object({
        name: z.string(),
        role: Role,
        projects: z.array(z.string()).meta({ description: 'The projects that they are in, by name.' }),
      })
      .nullable()
      .meta({ description: 'Who asks; null for somebody who is not signed in.' }),
    signInNeeded: z
      .boolean()
      .meta({ description: 'False on loopback while there are no users: there everybody may do all.' }),
    provider: z
      .string()
      .nullable()
      .meta({ description: 'The identity provider that one can sign in by, at /api/v1/session/provider.' }),
  })
  .meta({ id: 'Session' })

const User = z.object({ name: z.string(), role: Role, createdAt: Time }).meta({ id: 'User' })
const Name = z.object({ name: z.string() })

const InvitationView = z
  .object({
    code: z.string().meta({ description: 'Shown only here; the page `/join#CODE` takes it, once.' }),
    role: Role,
    expiresAt: Time,
  })
  .meta({ id: 'Invitation' })

/** So that an unknown name takes as long as a wrong password. */
const NOBODYS_HASH = await hashPassword('nobody has this password')

/** Throws when a user has to wait after wrong passwords. */
function refuseLocked(user: StoredUser | null, response: Response): void {
  if (user?.locked_until == null || user.locked_until <= new Date()) return
  const seconds = Math.ceil((user.locked_until.getTime() - Date.now()) / 1000)
  response.set('Retry-After', String(seconds))
  throw new HttpProblem(429, `too many wrong passwords: try again in ${seconds} s`)
}

export function userRoutes({ db, isOpen, provider }: ApiContext): Route[] {
  return [
    route({
      method: 'get',
      path: '/session',
      operationId: 'readSession',
      tag: 'Access',
      needs: 'nothing',
      summary: 'Tell who asks',
      responses: { 200: { description: 'Who asks, and whether that matters', schema: Session } },
      problems: [],
      async handle(_input, { req }) {
        const principal = principalOf(req)
        const user = principal === null ? null : await shownUser(principal)
        return {
          status: 200,
          body: { user, signInNeeded: !(await isOpen()), provider: provider?.issuer ?? null },
        }
      },
    }),

    route({
      method: 'post',
      path: '/session',
      operationId: 'signIn',
      tag: 'Access',
      needs: 'nothing',
      summary: 'Sign in with a password',
      description: 'Sets a cookie for the browser. Programs send a token in place of it.',
      body: z.object({ name: z.string(), password: z.string() }),
      responses: { 204: { description: 'Signed in' } },
      problems: [401, 429],
      async handle({ body: { name, password } }, response) {
        const user = await findUser(db, name)
        refuseLocked(user, response)
        if (!(await isPassword(password, user?.password_hash ?? NOBODYS_HASH)) || user === null) {
          await countFailedSignIn(db, name)
          throw new HttpProblem(401, 'name or password is wrong')
        }
        await forgetFailedSignIns(db, name)
        await signIn(db, response, name)
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'delete',
      path: '/session',
      operationId: 'signOut',
      tag: 'Access',
      needs: 'nothing',
      summary: 'Sign out',
      responses: { 204: { description: 'Signed out' } },
      problems: [],
      async handle(_input, response) {
        await signOut(db, response)
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'post',
      path: '/users',
      operationId: 'join',
      tag: 'Access',
      needs: 'nothing',
      summary: 'Become a user, by an invitation',
      body: z.object({ code: z.string(), name: UserName, password: Password }),
      responses: { 204: { description: 'Created, and signed in' } },
      problems: [403, 409, 429],
      async handle({ body: { code, name, password } }, response) {
        const passwordHash = await hashPassword(password)
        const answer = await acceptInvitation(db, { hash: hashSecret(code), name, passwordHash })
        if (answer === 'not_invited') {
          throw new HttpProblem(
            403,
            'the invitation was used, has expired, or is of somebody who is no admin any more: ask an admin for another',
          )
        }
        if (answer === 'name_taken') throw new HttpProblem(409, `there is a user ${name} already`)
        await signIn(db, response, name)
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'post',
      path: '/password',
      operationId: 'changePassword',
      tag: 'Access',
      needs: 'viewer',
      summary: "Change one's password; every other session and token of the user ends",
      body: z.object({ password: z.string(), newPassword: Password }),
      responses: { 204: { description: 'Changed' } },
      problems: [409, 429],
      async handle({ body: { password, newPassword }, who }, response) {
        const user = await findUser(db, who.name)
        if (user === null) throw new HttpProblem(409, 'there are no users yet, and so no passwords')
        if (who.by === 'token') throw new HttpProblem(403, 'a token cannot change the password: sign in')
        refuseLocked(user, response)
        if (!(await isPassword(password, user.password_hash))) {
          await countFailedSignIn(db, who.name)
          throw new HttpProblem(422, 'the password is wrong', [
            { pointer: '/password', message: 'the password is wrong' },
          ])
        }
        await forgetFailedSignIns(db, who.name)
        await setPassword(db, who.name, await hashPassword(newPassword))
        await signIn(db, response, who.name)
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'post',
      path: '/invitations',
      operationId: 'inviteUser',
      tag: 'Access',
      needs: 'admin',
      summary: 'Invite somebody to become a user; the first user has to be an admin',
      body: z.object({ role: Role }),
      responses: { 201: { description: 'A code for one user, for a day', schema: InvitationView } },
      problems: [409],
      async handle({ body: { role }, who }) {
        if (role !== 'admin' && (await listUsers(db)).length === 0) {
          throw new HttpProblem(409, 'the first user has to be an admin, or nobody could add another')
        }
        const { code, expiresAt } = await invite(db, role, ownerOf(who))
        return { status: 201, body: { code, role, expiresAt: expiresAt.toISOString() } }
      },
    }),

    route({
      method: 'get',
      path: '/users',
      operationId: 'listUsers',
      tag: 'Access',
      needs: 'admin',
      summary: 'List users',
      responses: { 200: { description: 'By name', schema: z.object({ users: z.array(User) }) } },
      problems: [],
      async handle() {
        const users = (await listUsers(db)).map(({ name, role, created_at }) => ({
          name,
          role,
          createdAt: created_at.toISOString(),
        }))
        return { status: 200, body: { users } }
      },
    }),

    route({
      method: 'post',
      path: '/users/:name',
      operationId: 'changeUser',
      tag: 'Access',
      needs: 'admin',
      summary: "Change a user's role",
      params: Name,
      body: z.object({ role: Role }),
      responses: { 204: { description: 'Changed' } },
      problems: [404, 409],
      handle: ({ params: { name }, body }) => change(name, body),
    }),

    route({
      method: 'delete',
      path: '/users/:name',
      operationId: 'deleteUser',
      tag: 'Access',
      needs: 'admin',
      summary: 'Delete a user; sessions and tokens end with it, tunings stay',
      params: Name,
      responses: { 204: { description: 'Deleted' } },
      problems: [404, 409],
      handle: ({ params: { name } }) => change(name, 'remove'),
    }),
  ]

  async function shownUser({ name, role, projects }: Principal) {
    return { name, role, projects: projects ?? (await listProjectNames(db)) }
  }

  async function change(name: string, to: { role: Role } | 'remove') {
    const answer = await changeUser(db, name, to)
    if (answer === 'missing') throw new HttpProblem(404, `there is no user "${name}"`)
    if (answer === 'last_admin') {
      throw new HttpProblem(409, `${name} is the last admin: make somebody else one first`)
    }
    return { status: 204, body: null }
  }
}
