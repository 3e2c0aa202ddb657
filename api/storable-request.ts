import type { RequestHandler } from 'express'
import { jsonPointer } from '../domain/problem.ts'
import { HttpProblem } from './problems.ts'

/** Refuses a request with a text that PostgreSQL cannot keep, before anything is done: it may be kept much later. */
export const refuseUnstorable: RequestHandler = (request, _response, next) => {
  refuse(422, 'body', request.body)
  if (request.url.includes('%00')) refuse(400, 'query', request.query)
  next()
}

/** What holds values, and where it lies: under a key of what holds it itself. */
interface Holder {
  values: object
  key: string | number
  within: Holder | null
}

/**
 * Throws where a value has such a text or key; it may lie as deep as a body can say, and hold itself. A stranger may send a
 * megabyte of brackets: nothing is made for what needs none.
 */
function refuse(status: number, where: string, given: unknown): void {
  const holders: Holder[] = []
  const seen = new Set<object>()
  const look = (value: unknown, key: string | number, within: Holder | null) => {
    if (typeof value === 'string') {
      const message = whyUnstorable(value)
      if (message === null) return
      const pointer = pointerTo(key, within)
      throw new HttpProblem(status, `${where}${pointer}: ${message}`, [{ pointer, message }])
    }
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    holders.push({ values: value, key, within })
  }
  look(given, '', null)
  for (const holder of holders) {
    const { values } = holder
    if (Array.isArray(values))
      for (let index = 0; index < values.length; index++) look(values[index], index, holder)
    else
      for (const [key, value] of Object.entries(values)) {
        look(key, key, holder)
        look(value, key, holder)
      }
  }
}

function whyUnstorable(text: string): string | null {
  if (text.includes('\0')) return 'a text holds the character NUL'
  return text.isWellFormed() ? null : 'a text holds half of a surrogate pair'
}

/** Of the whole the pointer is empty. */
function pointerTo(key: string | number, within: Holder | null): string {
  const path: (string | number)[] = []
  for (let at: Pick<Holder, 'key' | 'within'> = { key, within }; at.within !== null; at = at.within)
    path.push(at.key)
  return jsonPointer(path.reverse())
}
