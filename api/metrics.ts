import type { RequestHandler } from 'express'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '../database/connect.ts'
import { countTunings } from '../database/tunings.ts'
import { TuningState } from '../domain/tuning.ts'
import type { EventHub } from './event-hub.ts'

/** The metrics of an API process in Prometheus' format, and the middleware that feeds them. */
export function apiMetrics(db: Database, hub: EventHub): { registry: Registry; middleware: RequestHandler } {
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
      this.set(hub.streams)
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
