import { z } from 'zod'
import { EngineParameter } from '../domain/engine-parameter.ts'
import type { Database } from './connect.ts'

/** Keeps the parameters that the engine installed on a host has, by its own help. The host is known already. */
export async function saveCatalogue(
  db: Database,
  host: string,
  engine: string,
  parameters: EngineParameter[],
): Promise<void> {
  const values = { parameters: JSON.stringify(parameters) }
  await db
    .insertInto('catalogues')
    .values({ host, engine, ...values })
    .onConflict((conflict) => conflict.columns(['host', 'engine']).doUpdateSet(values))
    .execute()
}

/** Returns the parameters of an engine on each host that it is installed on. */
export async function listCatalogues(db: Database, engine: string): Promise<EngineParameter[][]> {
  const rows = await db.selectFrom('catalogues').select('parameters').where('engine', '=', engine).execute()
  return rows.map(({ parameters }) => z.array(EngineParameter).parse(parameters))
}
