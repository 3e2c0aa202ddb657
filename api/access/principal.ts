import type { Role } from '../../domain/access.ts'

/** Who makes a request. Without users, on loopback, whoever is on the machine is `local` and may do all. */
export interface Principal {
  name: string
  role: Role
  by: 'session' | 'token' | 'loopback'
}
