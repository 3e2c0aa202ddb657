import { createServer, type RequestListener, type Server } from 'node:http'

/** How long a client may take to send the head of a request, and all of it. */
export interface Patience {
  headMs: number
  requestMs: number
}

const PATIENCE: Patience = { headMs: 15_000, requestMs: 60_000 }

/** Makes the HTTP server of an application; who sends too slowly is answered 408 and disconnected. */
export function createApiServer(app: RequestListener, { headMs, requestMs } = PATIENCE): Server {
  const times = { headersTimeout: headMs, requestTimeout: requestMs, connectionsCheckingInterval: headMs / 4 }
  return createServer(times, app)
}
