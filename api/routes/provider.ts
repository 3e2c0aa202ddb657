import { parseCookie } from 'cookie'
import { z } from 'zod'
import { noteChange } from '../../database/audit.ts'
import { setMemberships } from '../../database/projects.ts'
import { admitFromProvider } from '../../database/users.ts'
import { signIn } from '../access/identity.ts'
import { Attempt } from '../access/provider.ts'
import type { ApiContext } from '../context.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'

const COOKIE = 'redline_attempt'
/** How long somebody may take at the provider. */
const PATIENCE_MS = 10 * 60_000

export function providerRoutes({ db, provider, log }: ApiContext): Route[] {
  const configured = () => {
    if (provider === null)
      throw new HttpProblem(404, 'no identity provider is configured: REDLINE_OIDC_ISSUER')
    return provider
  }
  const cookie = (secure: boolean) =>
    // Lax: the browser comes back from another site.
    ({ httpOnly: true, sameSite: 'lax', secure, path: '/api/v1/session/provider' }) as const

  return [
    route({
      method: 'get',
      path: '/session/provider',
      operationId: 'signInByProvider',
      tag: 'Access',
      needs: 'nothing',
      summary: 'Sign in by the identity provider: leads a browser there',
      responses: { 302: { description: 'To the provider' } },
      problems: [404, 503],
      async handle(_input, response) {
        const asked = configured()
        const { url, attempt } = await asked.begin().catch((error: unknown) => {
          log.warn({ err: error }, 'no answer from the identity provider')
          throw new HttpProblem(503, `no answer from ${asked.issuer}: try again, or sign in with a password`)
        })
        const options = cookie(response.req.secure)
        response.cookie(COOKIE, JSON.stringify(attempt), { ...options, maxAge: PATIENCE_MS })
        return { status: 302, headers: { Location: url }, body: null }
      },
    }),

    route({
      method: 'get',
      path: '/session/provider/callback',
      operationId: 'returnFromProvider',
      tag: 'Access',
      needs: 'nothing',
      summary: 'Where the identity provider sends a browser back to',
      responses: { 302: { description: 'Signed in' } },
      problems: [401, 404, 409],
      async handle(_input, response) {
        const asked = configured()
        const { req } = response
        const attempt = readAttempt(parseCookie(req.headers.cookie ?? '')[COOKIE])
        response.clearCookie(COOKIE, cookie(req.secure))
        if (attempt === null)
          throw new HttpProblem(401, 'this sign-in was not begun here, or long ago: begin again')
        const { subject, name, role, memberships } = await asked
          .finish(req.originalUrl, attempt)
          .catch((error: unknown) => {
            log.warn({ err: error }, 'a sign-in by the identity provider failed')
            throw new HttpProblem(401, 'the identity provider did not confirm the sign-in: begin again')
          })
        if (name === null || role === null)
          throw new HttpProblem(
            401,
            `${asked.issuer} gives you no ${name === null ? 'name' : 'role'} here: ask an admin`,
          )
        const admitted = await admitFromProvider(db, { subject, name, role })
        if (admitted === 'name_taken')
          throw new HttpProblem(409, `there is another user ${name}: ask an admin to delete or rename it`)
        if (admitted === 'admin_first')
          throw new HttpProblem(409, 'the first user has to be an admin, or nobody could add another')
        await setMemberships(db, admitted.name, memberships)
        await signIn(db, response, admitted.name)
        const { ip: address = null } = req
        const path = '/api/v1/session/provider'
        await noteChange(db, {
          who: admitted.name,
          operation: 'signInByProvider',
          path,
          status: 302,
          address,
          asked: null,
        })
        return { status: 302, headers: { Location: '/' }, body: null }
      },
    }),
  ]
}

function readAttempt(text: string | undefined): Attempt | null {
  try {
    return Attempt.parse(JSON.parse(text ?? ''))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null
    throw error
  }
}
