import type { Client } from '@temporalio/client'
import type { Logger } from 'pino'
import type { Database } from '../database/connect.ts'
import { findShownTuning, type ShownTuning } from '../database/tuning-list.ts'
import { findTuning, type StoredTuning } from '../database/tunings.ts'
import type { Vault } from '../database/vault.ts'
import type { Allowed } from '../domain/allowed.ts'
import { withoutSecrets } from '../domain/mask-secrets.ts'
import type { IdentityProvider } from './access/provider.ts'
import type { EventHub } from './event-hub.ts'
import { noTuningNow } from './missing.ts'
import type { WorkflowLink } from './views.ts'

/** What the handlers work with. */
export interface ApiContext {
  db: Database
  client: Client
  hub: EventHub
  /** Whether nobody needs to sign in. */
  isOpen: () => Promise<boolean>
  link: WorkflowLink
  /** Whose word is taken for the address of a client, as Express' `trust proxy` has it. */
  proxies: readonly string[]
  /** Whom people sign in by, beside passwords. */
  provider: IdentityProvider | null
  log: Logger
  /** Name of the host that the API runs on: the files of a worker of the same name can be looked at from here. */
  host: string
  /** Redline's version. */
  version: string
  /** Models that Redline provides, by name. */
  models: Record<string, string>
  /** Closes the secrets that are stored. */
  vault: Vault
  /** What tunings may run. */
  allowed: Allowed
}

/** Returns a tuning as it may be shown, or answers 404. */
export async function tuningOr404(db: Database, id: string): Promise<StoredTuning> {
  const tuning = (await findTuning(db, id)) ?? (await noTuningNow(db, id))
  return { ...tuning, spec: withoutSecrets(tuning.spec) }
}

/** Returns a tuning that is only shown, or answers 404. */
export async function shownTuningOr404(db: Database, id: string): Promise<ShownTuning> {
  return (await findShownTuning(db, id)) ?? noTuningNow(db, id)
}
