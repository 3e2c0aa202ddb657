import { isIP } from 'node:net'
import type { Workload } from '../domain/workload.ts'

/** The server to measure. `baseUrl` may end in `/v1` or leave it out; `headers` go with every request. */
export interface Target {
  baseUrl: string
  model: string
  headers?: Record<string, string>
  /** Where to connect in place of what the name in the base URL leads to. */
  address?: string
  /** Accept any certificate. */
  insecure?: boolean
}

const PATHS = { chat: '/chat/completions', completions: '/completions' }

/** Where to connect, and what every request to one path of a target begins with. */
export interface Endpoint {
  readonly baseUrl: string
  readonly host: string
  readonly port: number
  readonly tls: { servername?: string; rejectUnauthorized?: boolean } | null
  readonly requestHead: string
}

/** Reads a target; throws a TypeError for a URL that is not http(s) or a header that would break the request. */
export function endpointOf(target: Target, kind: Workload['endpoint']): Endpoint {
  return serverEndpointOf(target, `/v1${PATHS[kind]}`)
}

/** Does the same for a path beside `/v1`. */
export function serverEndpointOf(
  target: Target,
  beside: string,
  { method = 'POST', accept = 'text/event-stream' } = {},
): Endpoint {
  const url = URL.parse(target.baseUrl)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TypeError(`not an http(s) URL: ${target.baseUrl}`)
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const path = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '') + beside
  const headers = {
    host: url.host,
    'user-agent': 'redline',
    accept,
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    ...Object.fromEntries(
      Object.entries(target.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
  }
  return {
    baseUrl: target.baseUrl,
    host: target.address ?? host,
    port: Number(url.port) || (secure ? 443 : 80),
    tls: secure
      ? {
          ...(isIP(host) === 0 ? { servername: host } : {}),
          ...(target.insecure === true ? { rejectUnauthorized: false } : {}),
        }
      : null,
    requestHead: `${method} ${path} HTTP/1.1\r\n${Object.entries(headers).map(headerLine).join('')}`,
  }
}

/** Returns a whole HTTP request with this body. */
export function requestBytes(endpoint: Endpoint, body: string): string {
  return `${endpoint.requestHead}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function headerLine([name, value]: [string, string]): string {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) throw new TypeError(`not a header name: ${name}`)
  if (!/^[\t\x20-\x7e]*$/.test(value))
    throw new TypeError(`header ${name} has characters that a header cannot carry`)
  return `${name}: ${value}\r\n`
}
