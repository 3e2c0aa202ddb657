import { createHash } from 'node:crypto'
import type { Database } from '../database/connect.ts'
import { listPlanned } from '../database/plans.ts'
import type { StoredTuning } from '../database/tunings.ts'
import type { Insight } from '../domain/insight.ts'
import { engineDefaults } from '../engines/index.ts'
import { createSearchThread } from '../search/thread/search-thread.ts'
import { searchProblem, searchTrials } from '../search/tuning-history.ts'

/** Tunings whose insight is kept. */
const KEPT = 100

/** What tunings tell about their spaces: computed when asked for, off this thread, and once for what is known. */
export class Insights {
  readonly #db: Database
  readonly #thread = createSearchThread()
  readonly #known = new Map<string, { basis: string; insight: Promise<Insight | null> }>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Null while too little is measured. */
  async of({ id, spec }: StoredTuning): Promise<Insight | null> {
    const trials = searchTrials(await listPlanned(this.#db, id)).filter(
      ({ outcome: { status } }) => status !== 'pending',
    )
    const basis = createHash('sha256').update(JSON.stringify(trials)).digest('base64')
    const known = this.#known.get(id)
    if (known?.basis === basis) return known.insight
    const insight = this.#thread.insight(searchProblem(spec, engineDefaults(spec.engine.kind)), trials)
    this.#known.delete(id)
    this.#known.set(id, { basis, insight })
    insight.catch(() => this.#known.delete(id))
    const [oldest] = this.#known.keys()
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest)
    return insight
  }
}
