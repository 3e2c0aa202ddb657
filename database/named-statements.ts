import { createHash } from 'node:crypto'
import type pg from 'pg'

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
 * Names each statement that has parameters by its text, so that a connection parses it once; Kysely names none. They are
 * asked by callback: what pg's own promises lead to survives minor collections, and thus stalls the process for longer.
 */
export function nameStatements(pool: pg.Pool): void {
  pool.on('connect', (client) => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- the proxy passes its own `this` on
    client.query = new Proxy(client.query, {
      apply(query, self, given: unknown[]): unknown {
        const [text, values] = given
        const hasParameters = Array.isArray(values) && values.length > 0
        const name = typeof text === 'string' && hasParameters ? nameOf(text) : undefined
        if (name === undefined) return Reflect.apply(query, self, given)
        return new Promise((resolve, reject) => {
          const done = (error: Error | null, result: unknown) =>
            error === null ? resolve(result) : reject(error)
          Reflect.apply(query, self, [{ name, text, values }, done])
        })
      },
    })
  })
}
