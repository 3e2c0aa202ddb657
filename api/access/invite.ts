import type { Database } from '../../database/connect.ts'
import { createInvitation } from '../../database/users.ts'
import type { Role } from '../../domain/access.ts'
import { hashSecret, newSecret } from './secrets.ts'

const VALID_FOR_MS = 24 * 3_600_000

/** An invitation, whose code is shown only now; the page `/join#CODE` takes it. */
export interface Invitation {
  code: string
  role: Role
  expiresAt: Date
}

/** Invites somebody to become a user with a role, once, within a day, and while who invites is an admin; null for the service. */
export async function invite(db: Database, role: Role, by: string | null): Promise<Invitation> {
  const code = newSecret()
  const expiresAt = new Date(Date.now() + VALID_FOR_MS)
  await createInvitation(db, { hash: hashSecret(code), role, expires_at: expiresAt, invited_by: by })
  return { code, role, expiresAt }
}
