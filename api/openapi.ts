import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiResponseObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi'
import { LiveEvent, TuningEvent } from '../domain/event.ts'
import { Problem } from '../domain/problem.ts'
import { STATUS_CODES } from 'node:http'
import { SESSION_COOKIE } from './access/identity.ts'
import { neededRole, type ResponseDefinition, type Route } from './route.ts'

const DESCRIPTION = `Version 1 of the API, the \`v1\` of its paths. Operations, optional inputs and fields of answers may be
added to it: ignore what you do not know. An operation that is to go is marked \`deprecated\` here, and its answers say
since when in \`Deprecation\` (RFC 9745) and until when in \`Sunset\` (RFC 8594), at least six months on. What breaks
clients comes as version 2, beside this one.`

/** Makes the OpenAPI 3.1 document of the routes, which all lie under `prefix`. */
export function openApiDocument(prefix: string, routes: Route[]) {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes) {
    const path = prefix + route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operation(route) }
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'Redline',
      version: '1',
      summary:
        'Finds the configuration of an LLM inference server that serves the most traffic within its latency limits.',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: { TuningEvent, LiveEvent, Problem },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of `POST /tokens`.' },
        session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
      },
    },
  }
  return createDocument(document, { override: withoutObjectAsDefault })
}

/** Generators of clients refuse an object as a default; what ours stand for is said by their parts. */
const withoutObjectAsDefault: ZodOpenApiOverride = ({ jsonSchema: schema }) => {
  const { default: value } = schema
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) delete schema.default
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, params, query, headers, body, responses, problems } = route
  const needed = neededRole(route)
  const right = needed === 'nothing' ? '' : `Needs the role ${needed}.`
  const text = [description, right].filter(Boolean).join(' ')
  const refusals = [
    ...(needed === 'nothing' ? [] : [401, 403]),
    ...(query || headers || body ? [400] : []),
    ...(body ? [413, 415, 422] : []),
  ]
  return {
    operationId,
    tags: [tag],
    summary,
    ...(text === '' ? {} : { description: text }),
    security: needed === 'nothing' ? [] : [{ token: [] }, { session: [] }],
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    ...(body && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { 'application/json': { schema: body }, 'application/yaml': { schema: body } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, response]) => [status, answer(response)]),
      ),
      ...Object.fromEntries([...problems, ...refusals, 500].map((status) => [status, problem(status)])),
    },
  }
}

function answer({
  description,
  schema,
  content = {},
  attachment,
}: ResponseDefinition): ZodOpenApiResponseObject {
  // A stream has no schema as a whole: its events have theirs.
  const other = Object.keys(content).map(
    (type) => [type, type === 'text/event-stream' ? {} : { schema: { type: 'string' as const } }] as const,
  )
  return {
    description,
    ...(attachment === true && {
      headers: {
        'Content-Disposition': {
          description: 'attachment, with the name of the file; not with JSON',
          schema: { type: 'string' as const },
        },
      },
    }),
    content: { ...(schema && { 'application/json': { schema } }), ...Object.fromEntries(other) },
  }
}

function problem(status: number): ZodOpenApiResponseObject {
  return {
    description: STATUS_CODES[status] ?? 'Problem',
    content: { 'application/problem+json': { schema: Problem } },
  }
}
