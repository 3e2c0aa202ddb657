import type { Request, RequestHandler, Response } from 'express'
import { hash } from 'node:crypto'
import { writeJson } from '../domain/json-text.ts'
import { principalOf, requireRole } from './access/identity.ts'
import { ALL_TUNINGS, type EventHub, type RememberedAnswer } from './event-hub.ts'

/** What an answer is about: its tuning, or all of them. */
export type Subject = 'tuning' | 'tunings'

/** Sends a value as JSON with its entity tag; it is remembered for as long as its subject does not change. */
export function sendJson(
  response: Response,
  body: unknown,
  about?: { subject: Subject; hub: EventHub; heardBefore: number },
): void {
  const text = writeJson(body)
  // A long text is encoded once; a short one goes out in one piece with the head.
  const content = text.length > LONG ? Buffer.from(text) : text
  const { req } = response
  if (req.method !== 'GET' && req.method !== 'HEAD') return sendContent(response, content)
  const tag = `W/"${hash('sha1', content, 'base64url')}"`
  if (about !== undefined) {
    const subject = about.subject === 'tuning' ? String(req.params.id) : ALL_TUNINGS
    about.hub.answers.keep(subject, answerKey(req), { tag, content }, about.heardBefore)
  }
  if (isNamed(req.headers['if-none-match'], tag)) sendUnchanged(response, tag)
  else sendTagged(response, { tag, content })
}

function sendTagged(response: Response, { tag, content }: RememberedAnswer): void {
  sendContent(response, content, { ETag: tag, 'Cache-Control': CACHE_CONTROL })
}

function sendContent(
  response: Response,
  content: string | Buffer,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(response.statusCode, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(content),
      Vary: 'Accept-Encoding',
      ...headers,
    })
    .end(content)
}

const LONG = 8192
/** Others must not keep an answer, and who has it asks whether it has changed. */
const CACHE_CONTROL = 'private, no-cache'

/** What an answer depends on: its address, and what who asks may see. */
function answerKey(request: Request): string {
  const projects = principalOf(request)?.projects ?? null
  return projects === null ? request.originalUrl : `${projects.join()} ${request.originalUrl}`
}

/**
 * Whether `If-None-Match` names an answer: in a list of tags, weak or not, or as `*`, which is any (RFC 9110, 13.1.2). Unlike
 * Express' `fresh` it does not look at the `Cache-Control: no-cache` that every `fetch` with a tag sends.
 */
function isNamed(asked: string | undefined, tag: string): boolean {
  if (asked === undefined) return false
  if (asked === tag || asked === '*') return true
  return asked.match(/"[^"]*"/g)?.some((quoted) => tag.endsWith(quoted)) ?? false
}

function sendUnchanged(response: Response, tag: string): void {
  response.writeHead(304, { ETag: tag, 'Cache-Control': CACHE_CONTROL, Vary: 'Accept-Encoding' }).end()
}

/** Answers 304 at once to who has an answer that has not changed since it was given. */
export function answerUnchanged(hub: EventHub): RequestHandler {
  return (request, response, next) => {
    const asked = request.headers['if-none-match']
    const answer = asked === undefined ? undefined : remembered(hub, request)
    if (answer === undefined || !isNamed(asked, answer.tag)) return next()
    sendUnchanged(response, answer.tag)
  }
}

/** Gives an answer again that has not changed since it was given. */
export function answerAgain(hub: EventHub): RequestHandler {
  return (request, response, next) => {
    const answer = remembered(hub, request)
    if (answer === undefined) return next()
    sendTagged(response, answer)
  }
}

/** All that is remembered can be read by every viewer who is in the same projects. */
function remembered(hub: EventHub, request: Request): RememberedAnswer | undefined {
  if (request.method !== 'GET') return undefined
  const answer = hub.answers.get(answerKey(request))
  if (answer !== undefined) requireRole(request, 'viewer')
  return answer
}
