import { invite } from '../api/access/invite.ts'
import type { Database } from '../database/connect.ts'
import { hasUsers } from '../database/users.ts'
import { isLoopback } from '../domain/network.ts'

/**
 * Returns what to tell who starts a service that others can reach and that has no users yet: the link, good for one
 * person and a day, that makes its opener the owner. Null where nobody needs it.
 */
export async function ownerInvitation(
  db: Database,
  { listen, apiUrl }: { listen: string; apiUrl: string },
): Promise<string | null> {
  if (isLoopback(listen) || (await hasUsers(db))) return null
  const { code } = await invite(db, 'admin', null)
  return `others can reach this service: become its owner, once, within a day, at ${apiUrl}/join#${code}`
}
