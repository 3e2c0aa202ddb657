import { Client, Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { NativeConnection } from '@temporalio/worker'
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts'

/** Where Temporal is and who we are to it. */
export interface TemporalPlace {
  address: string
  namespace: string
  apiKey?: string | undefined
}

function connectionOptions({ address, apiKey }: TemporalPlace) {
  return { address, ...(apiKey === undefined ? {} : { apiKey, tls: true }) }
}

/** Connects a client; the connection is made at its first use and made again when it breaks. */
export function temporalClient(place: TemporalPlace): Client {
  return new Client({ connection: Connection.lazy(connectionOptions(place)), namespace: place.namespace })
}

/** Connects a worker. */
export async function workerConnection(place: TemporalPlace): Promise<NativeConnection> {
  return NativeConnection.connect(connectionOptions(place))
}

/** Registers our search attributes in the namespace; those that are there are left as they are. */
export async function registerSearchAttributes(client: Client, namespace: string): Promise<void> {
  const { operatorService } = client.connection
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
  const missing = Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => !(name in customAttributes))
  if (missing.length === 0) return
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(({ name }) => [name, keyword])),
  })
}
