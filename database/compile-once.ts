import type { Compilable, CompiledQuery } from 'kysely'
import { isDeepStrictEqual } from 'node:util'
import type { Connection } from './connect.ts'

/**
 * Returns a query that is built once for each choice of values that are there (not undefined): building costs more than
 * running it. It has to use its values in their order, each once, and to differ by nothing else.
 */
export function compileOnce<Row, Values extends unknown[]>(
  build: (db: Connection, ...values: Values) => Compilable<Row>,
): (db: Connection, ...values: Values) => Promise<Row[]> {
  const compiled = new Map<string, CompiledQuery<Row>>()
  return async (db, ...values) => {
    const given = values.filter((value) => value !== undefined)
    const shape = values.map((value) => (value === undefined ? '-' : '+')).join('')
    let query = compiled.get(shape)
    if (query === undefined) {
      query = build(db, ...values).compile()
      if (!isDeepStrictEqual(query.parameters, given))
        throw new Error(`the query does not use its values in their order: ${query.sql}`)
      compiled.set(shape, query)
    }
    const { rows } = await db.executeQuery<Row>({ ...query, parameters: given })
    return rows
  }
}
