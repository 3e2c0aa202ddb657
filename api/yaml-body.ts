import type { RequestHandler } from 'express'
import { isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { messageOf } from '../domain/message-of.ts'
import { principalOf } from './access/identity.ts'
import { HttpProblem } from './problems.ts'

export const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml']

/** Reads a body of YAML, of who is known only: it takes far longer to read than JSON. Refuses bodies of other types. */
export const readYaml: RequestHandler = (request, _response, next) => {
  if (typeof request.body === 'string' && request.is(YAML_TYPES) && principalOf(request) !== null)
    request.body = parseYaml(request.body)
  const { 'content-length': length = '0', 'transfer-encoding': chunked } = request.headers
  if (request.body === undefined && (Number(length) > 0 || chunked !== undefined))
    throw new HttpProblem(415, 'send application/json or application/yaml')
  next()
}

function parseYaml(text: string): unknown {
  try {
    const lines = new LineCounter()
    // The library compares every key with all before it, which a large body must not make it do.
    const document = parseDocument(text, { uniqueKeys: false, lineCounter: lines })
    const [error] = document.errors
    if (error !== undefined) throw error
    visit(document, {
      Map(_key, map) {
        const seen = new Set<unknown>()
        for (const { key } of map.items) {
          if (!isScalar(key)) continue
          if (seen.has(key.value))
            throw new Error(
              `the key ${String(key.value)} is there twice, on line ${lines.linePos(key.range?.[0] ?? 0).line}`,
            )
          seen.add(key.value)
        }
      },
    })
    return document.toJS()
  } catch (error) {
    throw new HttpProblem(400, `the body is not YAML: ${messageOf(error).split('\n')[0]}`)
  }
}
