import { createHash } from 'node:crypto'
import type pg from 'pg'
import { storable } from './storable.ts'

/** Statements that a connection keeps parsed; texts beyond these are sent as they are. */
const MOST_NAMES = 500

const names = new Map<string, string>()

function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= MOST_NAMES) return known
  const name = createHash('sha256').update(text).digest('base64url')
  names.set(text, name)
  return name
}

/**
 * Names each statement that has parameters by its text, so that a connection parses it once; Kysely names none. Its parameters
 * are made {@link storable}: a text that is refused would be refused at each try of an activity, for ever. Statements are
 * asked by callback: what pg's own promises lead to survives minor collections, and thus stalls the process for longer.
 */
export function nameStatements(pool: pg.Pool): void {
  pool.on('connect', (client) => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- the proxy passes its own `this` on
    client.query = new Proxy(client.query, {
      apply(query, self, given: unknown[]): unknown {
        const [text, parameters] = given
        if (typeof text !== 'string' || !Array.isArray(parameters) || parameters.length === 0)
          return Reflect.apply(query, self, given)
        const values = parameters.map(storable)
        const name = nameOf(text)
        if (name === undefined) return Reflect.apply(query, self, [text, values])
        return new Promise((resolve, reject) => {
          const done = (error: Error | null, result: unknown) =>
            error === null ? resolve(result) : reject(error)
          Reflect.apply(query, self, [{ name, text, values }, done])
        })
      },
    })
  })
}
