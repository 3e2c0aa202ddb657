import compression from 'compression'
import express, { Router, type Express, type Request, type RequestHandler, type Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import { sql } from 'kysely'
import { noteChange } from '../database/audit.ts'
import { messageOf } from '../domain/message-of.ts'
import { askedOf } from './access/asked.ts'
import { identify, nameOf, principalOf, requireRole } from './access/identity.ts'
import { hideOthers } from './access/reach.ts'
import { answerAgain, answerUnchanged } from './answer.ts'
import type { ApiContext } from './context.ts'
import { documentation } from './documentation.ts'
import { apiMetrics } from './metrics.ts'
import { openApiDocument } from './openapi.ts'
import { HttpProblem, MAX_BODY, problemHandler, sendProblem } from './problems.ts'
import { mount, neededRole, type Outcome, type Route } from './route.ts'
import { actionRoutes } from './routes/actions.ts'
import { engineRoutes } from './routes/engines.ts'
import { hostRoutes } from './routes/hosts.ts'
import { eventRoutes } from './routes/events.ts'
import { experimentRoutes } from './routes/experiments.ts'
import { projectRoutes } from './routes/projects.ts'
import { providerRoutes } from './routes/provider.ts'
import { resultRoutes } from './routes/results.ts'
import { scheduleRoutes } from './routes/schedules.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { tuningRoutes } from './routes/tunings.ts'
import { userRoutes } from './routes/users.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { refuseUnstorable } from './storable-request.ts'
import { uiPages } from './ui-pages.ts'
import { readYaml, YAML_TYPES } from './yaml-body.ts'

const PREFIX = '/api/v1'

function routes(context: ApiContext): Route[] {
  return [
    ...tuningRoutes(context),
    ...resultRoutes(context),
    ...experimentRoutes(context),
    ...eventRoutes(context),
    ...actionRoutes(context),
    ...engineRoutes(context),
    ...hostRoutes(context),
    ...scheduleRoutes(context),
    ...webhookRoutes(context),
    ...projectRoutes(context),
    ...userRoutes(context),
    ...providerRoutes(context),
    ...tokenRoutes(context),
  ]
}

/** Makes the OpenAPI document; the context is not touched until a request comes. */
export function apiDocument(context: ApiContext) {
  return openApiDocument(PREFIX, routes(context))
}

/** Builds the HTTP application: API, its documentation, health, metrics, and the UI for every other path. */
export function createApp(context: ApiContext, metrics = apiMetrics(context.db, context.hub)): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', context.proxies)
  app.use(metrics.middleware)
  const identified = identify(context)
  const compressed = compressionWhereAccepted()

  const api = Router()
  api.use(
    identified,
    answerUnchanged(context.hub),
    helmet(API_SECURITY),
    compressed,
    answerAgain(context.hub),
  )
  api.post(['/session', '/users', '/password'], guesses())
  api.post(
    '/{*path}',
    express.json({ limit: MAX_BODY, strict: false }),
    express.text({ limit: MAX_BODY, type: YAML_TYPES }),
    readYaml,
  )
  api.use(refuseUnstorable)
  mount(api, routes(context), context.hub, {
    before: hideOthers(context.db),
    onEnd: (ended, request, outcome) => noteIfChange(context, ended, request, outcome),
  })
  api.use((request) => {
    throw new HttpProblem(404, `there is no ${request.originalUrl}; /openapi.json lists what there is`)
  })
  app.use(PREFIX, api)

  app.use(helmet({ contentSecurityPolicy: CONTENT_SECURITY, strictTransportSecurity: false }), compressed)

  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/readyz', async (_request, response) => {
    const checks = await readiness(context)
    const ready = Object.values(checks).every((check) => check === 'ok')
    response.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'not ready', checks })
  })
  app.get('/metrics', identified, async (request, response) => {
    requireRole(request, 'viewer')
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })

  app.use(documentation(apiDocument(context)))

  app.use(uiPages())
  app.use((request) => {
    throw new HttpProblem(404, `there is no ${request.method} ${request.path}; the API lies under ${PREFIX}`)
  })
  app.use(problemHandler(context.log))
  return app
}

/** The UI's scripts come from here alone; styles are also set on elements, and charts are saved as data. */
const CONTENT_SECURITY = {
  directives: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    // ReDoc searches in a worker that it makes itself.
    workerSrc: ["'self'", 'blob:'],
    objectSrc: ["'none'"],
    frameAncestors: ["'none'"],
    upgradeInsecureRequests: null,
  },
}

/** An answer of the API is no page; the report as HTML is one without scripts, with its pictures in it. */
const API_SECURITY = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'unsafe-inline'"],
      imgSrc: ['data:'],
      frameAncestors: ["'none'"],
    },
  },
  ...{ strictTransportSecurity: false, crossOriginOpenerPolicy: false, originAgentCluster: false },
  ...{ xDnsPrefetchControl: false, xDownloadOptions: false, xFrameOptions: false },
  ...{ xPermittedCrossDomainPolicies: false, xXssProtection: false, xPoweredBy: false },
}

/** Passwords and invitations may be tried this often from one address. */
function guesses() {
  return rateLimit({
    windowMs: 60_000,
    limit: 30,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, response) => {
      sendProblem(response, new HttpProblem(429, 'too many tries from this address: wait a minute'))
    },
  })
}

/** Statuses of what somebody may not, or may not yet. */
const REFUSALS = [401, 403, 429]

/** Everything but reading goes into the audit log, and ends what is remembered; so does what was refused to somebody known. */
async function noteIfChange(
  { db, hub }: ApiContext,
  route: Route,
  request: Request,
  { status, body }: Outcome,
): Promise<void> {
  if (route.method === 'get') return
  if (status < 400) hub.onChange()
  else if (!REFUSALS.includes(status)) return
  // Strangers must not fill the log; their tries at passwords and invitations are counted and limited.
  else if (principalOf(request) === null && neededRole(route) !== 'nothing') return
  await noteChange(db, {
    who: nameOf(request) ?? 'nobody',
    operation: route.operationId,
    path: request.originalUrl,
    status,
    address: request.ip ?? null,
    asked: askedOf(request.body, body),
  })
}

/** Who takes no compressed answer need not pay for what watches it. */
function compressionWhereAccepted(): RequestHandler {
  const compress = compression({ filter: (_request, response) => isWorthCompressing(response) })
  return (request, response, next) => {
    if (request.headers['accept-encoding'] === undefined) next()
    else compress(request, response, next)
  }
}

/** What is streamed must not wait in a compressor's buffer. */
function isWorthCompressing(response: Response): boolean {
  const type = String(response.getHeader('Content-Type') ?? '')
  return /^text\/(?!event-stream)|json|yaml|javascript|svg/.test(type)
}

async function readiness({ db, client }: ApiContext): Promise<Record<'database' | 'temporal', string>> {
  const [database, temporal] = await Promise.all([
    sql`select 1`.execute(db).then(() => 'ok', messageOf),
    client
      .withDeadline(Date.now() + 2000, () => client.workflowService.getSystemInfo({}))
      .then(() => 'ok', messageOf),
  ])
  return { database, temporal }
}
