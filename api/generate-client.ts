import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { pino } from 'pino'
import { openDatabase } from '../database/connect.ts'
import { vaultOf } from '../database/vault.ts'
import { temporalClient } from '../temporal/connection.ts'
import { apiDocument } from './app.ts'
import { EventHub } from './event-hub.ts'

// Nothing here connects: the document is made from the routes alone.
const document = apiDocument({
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
})

const source = astToString(
  await openapiTS(JSON.stringify(document), { alphabetize: true, defaultNonNullable: false }),
)
await writeFile(join(import.meta.dirname, '../client/schema.ts'), source)
