import { once } from 'node:events'
import type { Logger } from 'pino'
import { createApp } from '../api/app.ts'
import { identityProvider } from '../api/access/provider.ts'
import { openness } from '../api/access/identity.ts'
import { EventHub } from '../api/event-hub.ts'
import { apiMetrics, serveMetrics } from '../api/metrics.ts'
import { createApiServer } from '../api/server.ts'
import { traceRequests } from '../api/trace-requests.ts'
import { workflowLink } from '../api/views.ts'
import { migrate, openDatabase } from '../database/connect.ts'
import { listenForNotifications } from '../database/notifications.ts'
import type { ProviderSettings } from '../domain/access.ts'
import type { Allowed } from '../domain/allowed.ts'
import { vaultOf } from '../database/vault.ts'
import type { ListenPlace } from '../domain/settings.ts'
import { temporalClient, type TemporalPlace } from '../temporal/connection.ts'
import { ownerInvitation } from './owner.ts'
import { VERSION } from './version.ts'

export interface ApiProcessOptions {
  databaseUrl: string
  temporal: TemporalPlace
  temporalUiUrl: string | undefined
  listen: string
  port: number
  host: string
  models: Record<string, string>
  /** Whose word is taken for the address of a client. */
  proxies: readonly string[]
  /** What tunings may run. */
  allowed: Allowed
  /** Whom people sign in by, beside passwords. */
  provider: ProviderSettings | null
  /** Where people reach it; where it listens by default. */
  publicUrl: string | undefined
  /** Whether traces are sent, to where OpenTelemetry's variables say. */
  traced: boolean
  /** Where Prometheus finds its metrics. */
  metricsListen: ListenPlace | undefined
  log: Logger
}

/** Runs the API until the signal; returns when every connection is closed. */
export async function runApi(options: ApiProcessOptions, signal: AbortSignal): Promise<void> {
  const { databaseUrl, temporal, temporalUiUrl, listen, port, host, models, log } = options
  const db = openDatabase(databaseUrl, { min: 10 })
  await migrate(db)
  const tracing = options.traced ? (await import('./tracing.ts')).startTracing('api') : null
  const client = temporalClient(temporal, tracing === null ? [] : [tracing.plugin])
  const hub = new EventHub()
  const stopListening = await listenForNotifications(databaseUrl, hub)

  const publicUrl = options.publicUrl ?? `http://${listen}:${port}`
  const metrics = apiMetrics(db, hub)
  const app = createApp(
    {
      db,
      client,
      hub,
      isOpen: openness({ db, listen }),
      proxies: options.proxies,
      provider: options.provider === null ? null : identityProvider(options.provider, publicUrl),
      link: workflowLink(temporalUiUrl, temporal.namespace),
      log,
      host,
      version: VERSION,
      models,
      vault: vaultOf(temporal.encryptionKey),
      allowed: options.allowed,
    },
    metrics,
  )
  const server = createApiServer(tracing === null ? app : traceRequests(app))
  server.listen(port, listen)
  await once(server, 'listening').catch((error: unknown) => {
    throw new Error(listenProblem(error, listen, port))
  })
  const metricsServer =
    options.metricsListen === undefined ? null : await serveMetrics(metrics.registry, options.metricsListen)
  log.info({ url: publicUrl }, 'API listening')
  // `redline up` tells it itself, to the terminal and not to a log.
  const welcome =
    process.channel === undefined ? await ownerInvitation(db, { listen, apiUrl: publicUrl }) : null
  if (welcome !== null) log.warn(welcome)

  if (!signal.aborted) await once(signal, 'abort')
  server.close()
  server.closeAllConnections()
  metricsServer?.close()
  metricsServer?.closeAllConnections()
  await once(server, 'close')
  await stopListening()
  await client.connection.close()
  await db.destroy()
  await tracing?.end()
}

function listenProblem(error: unknown, listen: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return `port ${port} is in use: stop the program that has it, or set REDLINE_PORT to another`
  if (code === 'EACCES')
    return `port ${port} may not be used by this user: set REDLINE_PORT to one above 1023`
  if (code === 'EADDRNOTAVAIL') return `this machine has no address ${listen}: check REDLINE_LISTEN`
  return `cannot listen on ${listen}:${port}: ${String(error)}`
}
