import type { Role } from '../../domain/access.ts'
import type { Reach } from '../../domain/project.ts'

/** Who makes a request. Without users, on loopback, whoever is on the machine is `local` and may do all. */
export interface Principal {
  name: string
  role: Role
  projects: Reach
  by: 'session' | 'token' | 'loopback'
  /** When the session or token ends by which they are known. */
  expiresAt: Date | null
}

/** Returns who is told as the owner of what somebody makes; null where nobody needs to sign in. */
export function ownerOf({ name, by }: Principal): string | null {
  return by === 'loopback' ? null : name
}
