import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from 'openid-client'
import { z } from 'zod'
import { UserName, type ProviderSettings, type Role } from '../../domain/access.ts'
import { isLoopback } from '../../domain/network.ts'

export const CALLBACK_PATH = '/api/v1/session/provider/callback'

/** What a browser keeps between leaving for the provider and coming back. */
export const Attempt = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() })
export type Attempt = z.infer<typeof Attempt>

/** Who the provider says somebody is; without a name or a role they are nobody here. */
export interface Identity {
  subject: string
  name: string | null
  role: Role | null
  /** Whether they are in those projects whose members are those of groups. */
  memberships: Map<string, boolean>
}

/** Sign-in by OpenID Connect: authorization code with PKCE, state and nonce. */
export interface IdentityProvider {
  issuer: string
  begin(): Promise<{ url: string; attempt: Attempt }>
  /** Reads the address that the provider sent somebody back to; throws when it is not the answer to the attempt. */
  finish(query: string, attempt: Attempt): Promise<Identity>
}

/** Returns a provider; it is asked about itself at the first sign-in. */
export function identityProvider(settings: ProviderSettings, publicUrl: string): IdentityProvider {
  const issuer = new URL(settings.issuer)
  const redirectUri = new URL(CALLBACK_PATH, publicUrl).href
  let known: Configuration | null = null

  async function configuration(): Promise<Configuration> {
    known ??= await discovery(issuer, settings.clientId, settings.clientSecret, undefined, {
      execute: isLoopback(issuer.hostname) ? [allowInsecureRequests] : [],
    })
    return known
  }

  return {
    issuer: settings.issuer,
    async begin() {
      const attempt = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
      const url = buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: settings.scope,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, attempt }
    },
    async finish(query, { state, nonce, verifier }) {
      const config = await configuration()
      const tokens = await authorizationCodeGrant(config, new URL(query, redirectUri), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const { sub } = z.object({ sub: z.string() }).parse(tokens.claims())
      const more =
        config.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await fetchUserInfo(config, tokens.access_token, sub)
      return identityOf({ ...tokens.claims(), ...more, sub }, settings)
    },
  }
}

function identityOf(claims: Record<string, unknown> & { sub: string }, settings: ProviderSettings): Identity {
  const { preferred_username, email } = claims
  const names = [preferred_username, email].map((name) =>
    typeof name === 'string' ? UserName.safeParse(name.toLowerCase()).data : undefined,
  )
  const groups = z.array(z.string()).catch([]).parse(claims[settings.groupsClaim])
  const role = settings.roles.find(({ group }) => groups.includes(group))?.role ?? settings.defaultRole
  const memberships = new Map(settings.projects.map(({ project }) => [project, false]))
  for (const { group, project } of settings.projects)
    if (groups.includes(group)) memberships.set(project, true)
  return {
    subject: `${settings.issuer} ${claims.sub}`,
    name: names.find((name) => name !== undefined) ?? null,
    role,
    memberships,
  }
}
