import { z } from 'zod'

/** What somebody may do: look; start and steer tunings; and decide about users, hosts and webhooks. Each may what the one before may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const
export const Role = z.enum(ROLES)
export type Role = z.infer<typeof Role>

/** Returns whether a role may do what another role is needed for. */
export function allows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

/** An identity provider, and what its groups may do here. */
export interface ProviderSettings {
  issuer: string
  clientId: string
  clientSecret: string
  scope: string
  /** The claim that lists somebody's groups. */
  groupsClaim: string
  /** The first that fits counts. */
  roles: { group: string; role: Role }[]
  /** Whose members are those of the groups, as of each one's last sign-in. */
  projects: { group: string; project: string }[]
  /** Of who is in none of these groups; null: they are not let in. */
  defaultRole: Role | null
}

export const UserName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'small letters, digits, and . _ @ - between them; 64 at most')
  .meta({ examples: ['ada'] })

/** Length is what counts (NIST SP 800-63B, 3.1.1.2). */
export const Password = z.string().min(12).max(200).meta({ format: 'password' })
