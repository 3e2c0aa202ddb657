import { pino } from 'pino'
import { openDatabase } from '../database/connect.ts'
import { vaultOf } from '../database/vault.ts'
import { temporalClient } from '../temporal/connection.ts'
import { apiDocument } from './app.ts'
import { EventHub } from './event-hub.ts'

/** Returns the OpenAPI document without a service. Nothing connects: it is made from the routes alone. */
export function wholeDocument() {
  return apiDocument({
    db: openDatabase('postgresql://unused'),
    client: temporalClient({ address: 'unused', namespace: 'unused', env: {} }),
    hub: new EventHub(),
    isOpen: async () => true,
    link: () => null,
    provider: null,
    log: pino({ level: 'silent' }),
    host: '',
    version: '',
    models: {},
    vault: vaultOf(undefined),
    allowed: {},
    proxies: ['loopback'],
  })
}
