import { Client, Connection, type ClientPlugin } from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'
import { msToTs } from '@temporalio/common/lib/time.js'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import proto from '@temporalio/proto'
import { NativeConnection } from '@temporalio/worker'
import { setTimeout } from 'node:timers/promises'
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts'
import { isNotFound } from './not-found.ts'
import { encryptionCodec } from './payload-codec.ts'

/** Where Temporal is and who we are to it. */
export interface TemporalPlace {
  address: string
  namespace: string
  /** Encrypts payloads; 32 bytes. */
  encryptionKey?: Buffer | undefined
  /** Temporal's own variables (TEMPORAL_API_KEY, TEMPORAL_TLS_...), as its SDKs and CLI read them. */
  env: NodeJS.ProcessEnv
}

function connectionOptions({ address, namespace, env }: TemporalPlace) {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const { connectionOptions: options } = loadClientConnectConfig({
    overrideEnvVars: {
      ...Object.fromEntries(given),
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
    },
    // A profile counts when it is asked for: the one of the Temporal CLI may be about another server.
    disableFile: env.TEMPORAL_PROFILE === undefined && env.TEMPORAL_CONFIG_FILE === undefined,
  })
  const { tls, apiKey, metadata } = options
  return {
    address,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

/** How payloads are written: in the clear, or encrypted when there is a key. */
export function dataConverter({ encryptionKey }: TemporalPlace): DataConverter {
  return encryptionKey === undefined ? {} : { payloadCodecs: [encryptionCodec(encryptionKey)] }
}

/** Connects a client; the connection is made at its first use and made again when it breaks. */
export function temporalClient(place: TemporalPlace, plugins: ClientPlugin[] = []): Client {
  return new Client({
    connection: Connection.lazy(connectionOptions(place)),
    namespace: place.namespace,
    dataConverter: dataConverter(place),
    plugins,
  })
}

/** Connects a worker. */
export async function workerConnection(place: TemporalPlace): Promise<NativeConnection> {
  return NativeConnection.connect(connectionOptions(place))
}

const NAMESPACE_RETENTION_DAYS = 30

/**
 * Makes the namespace on a server that has it not, and returns once the server knows it everywhere; Temporal Cloud has
 * it, or does not let us.
 */
export async function ensureNamespace({ connection }: Client, namespace: string): Promise<void> {
  const { workflowService, operatorService } = connection
  const isKnown = (asked: Promise<unknown>) =>
    asked.then(
      () => true,
      (error: unknown) => {
        if (isNotFound(error)) return false
        throw error
      },
    )
  if (await isKnown(workflowService.describeNamespace({ namespace }))) return
  const workflowExecutionRetentionPeriod = msToTs(NAMESPACE_RETENTION_DAYS * 24 * 3_600_000)
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod })
  // The server's services learn of a new namespace by and by.
  while (!(await isKnown(operatorService.listSearchAttributes({ namespace })))) await setTimeout(500)
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
