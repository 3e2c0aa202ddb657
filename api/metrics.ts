import type { RequestHandler } from 'express'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '../database/connect.ts'
import { readFleetGauges, type FleetGauges } from '../database/fleet-gauges.ts'
import { countTunings } from '../database/tunings.ts'
import type { ListenPlace } from '../domain/settings.ts'
import { TuningState } from '../domain/tuning.ts'
import type { EventHub } from './event-hub.ts'

/** The metrics of an API process in Prometheus' format, and the middleware that feeds them. */
export interface ApiMetrics {
  registry: Registry
  middleware: RequestHandler
}

/** Makes the metrics of an API process: its requests and streams, and how the fleet and its tunings stand. */
export function apiMetrics(db: Database, hub: EventHub): ApiMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })

  const requests = new Histogram({
    name: 'redline_http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  new Gauge({
    name: 'redline_event_streams',
    help: 'Open streams of server-sent events',
    registers: [registry],
    collect() {
      this.set(hub.streams.size)
    },
  })
  new Gauge({
    name: 'redline_tunings',
    help: 'Tunings by state',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const counts = await countTunings(db)
      for (const state of TuningState.options)
        this.set({ state }, counts.find((entry) => entry.state === state)?.count ?? 0)
    },
  })

  addFleetGauges(registry, db)

  return {
    registry,
    middleware(request, response, next) {
      const stop = requests.startTimer({ method: request.method })
      response.on('close', () => {
        const route: unknown = request.route
        const path =
          typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : 'other'
        stop({ route: request.baseUrl + path, status: response.statusCode })
      })
      next()
    },
  }
}

/** Serves the metrics on a port of their own, at `/metrics`; returns once it listens. */
export async function serveMetrics(registry: Registry, { address, port }: ListenPlace): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') return void response.writeHead(404).end()
    registry.metrics().then(
      (text) => response.setHeader('Content-Type', registry.contentType).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.listen(port, address)
  await once(server, 'listening')
  return server
}

/** What alerts rest on: hosts that are heard of, devices held and waited for, failures, tunings without progress. */
function addFleetGauges(registry: Registry, db: Database): void {
  const gauges = {
    redline_hosts_alive: 'Hosts whose worker was heard of lately',
    redline_devices: 'Devices of the hosts that are alive',
    redline_devices_held: 'Devices that experiments hold',
    redline_devices_waited_for: 'Experiments that wait for a device',
    redline_oldest_lease_seconds: 'How long the longest-held device has been held',
    redline_stuck_tunings: 'Tunings that run and recorded nothing for 30 minutes',
    redline_experiments_ended_last_hour: 'Experiments that ended within the last hour',
    redline_experiments_failed_last_hour: 'Those of them that failed',
  } as const satisfies Record<`redline_${keyof FleetGauges}`, string>
  let reading: Promise<FleetGauges> | null = null
  // One scrape collects each gauge at the same time: all of them share one reading.
  const read = () => (reading ??= readFleetGauges(db).finally(() => (reading = null)))
  for (const [name, help] of Object.entries(gauges)) {
    new Gauge({
      ...{ name, help, registers: [registry] },
      async collect() {
        const values: Record<string, number> = await read()
        this.set(values[name.replace('redline_', '')] ?? 0)
      },
    })
  }
}
