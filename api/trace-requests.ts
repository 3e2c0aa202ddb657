import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { RequestListener } from 'node:http'

/** Makes a span of each request, below its sender's where that is traced. */
export function traceRequests(app: RequestListener): RequestListener {
  const tracer = trace.getTracer('redline')
  return (request, response) => {
    const { method = '' } = request
    const around = propagation.extract(context.active(), request.headers)
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER }, around)
    response.once('close', () => {
      const { statusCode } = response
      const route = routeOf(request)
      if (route !== null) span.updateName(`${method} ${route}`).setAttribute('http.route', route)
      span.setAttributes({ 'http.request.method': method, 'http.response.status_code': statusCode })
      if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    })
    context.with(trace.setSpan(around, span), () => app(request, response))
  }
}

/** The path of the route that Express found, with its parameters unnamed; the address itself would be too many names. */
function routeOf(request: object): string | null {
  const route: unknown = 'route' in request ? request.route : null
  if (typeof route !== 'object' || route === null || !('path' in route)) return null
  return typeof route.path === 'string' ? route.path : null
}
