import type { Transaction } from 'kysely'
import type { ActionRequest, TuningAction } from '../domain/action.ts'
import { durationMs } from '../domain/duration.ts'
import type { TuningEventBody } from '../domain/event.ts'
import { TuningSpec } from '../domain/tuning.ts'
import { isFinished } from '../domain/tuning-state.ts'
import type { Database } from './connect.ts'
import { appendEvents, wasAppended } from './events.ts'
import { findStop } from './search-stop.ts'
import { setExcluded, updateBest } from './experiments.ts'
import { setWaitingPriority } from './leases.ts'
import type { Schema } from './schema.ts'
import { lockTuning } from './tunings.ts'

/**
 * Records an action with all that it changes of the tuning itself, once for its key; a finished tuning is open again
 * afterwards. What it means for experiments is the workflow's.
 */
export async function recordAction(
  db: Database,
  tuningId: string,
  key: string,
  { what, by, reason }: ActionRequest,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const tuning = await lockTuning(trx, tuningId)
    if (await wasAppended(trx, tuningId, key)) return
    const spec = TuningSpec.parse(tuning.spec)
    const events: TuningEventBody[] = [{ type: 'tuning.action', what, by, reason }]
    if (isFinished(tuning.state)) {
      await reopen(trx, tuningId)
      events.push({ type: 'tuning.state', state: 'running', phase: 'search', message: null })
    }
    const changed = withLimits(spec, what, (await findStop(trx, tuningId)) !== null)
    if (changed !== null) {
      await saveSpec(trx, tuningId, changed)
      const { budget, parallelism, priority } = changed
      events.push({ type: 'tuning.limits', budget, parallelism, priority })
    }
    if (what.action === 'exclude') {
      const { experiment, excluded } = what.arguments
      await setExcluded(trx, tuningId, experiment, excluded)
      events.push({ type: 'experiment.excluded', experiment, excluded })
      events.push(...(await updateBest(trx, tuningId, spec.objective, tuning.best_number)))
    }
    await appendEvents(trx, tuningId, events, key)
  })
}

async function reopen(trx: Transaction<Schema>, tuningId: string): Promise<void> {
  await trx
    .updateTable('tunings')
    .set({ state: 'running', phase: 'search', message: null, finished_at: null })
    .where('id', '=', tuningId)
    .execute()
}

/**
 * Returns a request with its budget, priority or parallelism changed; null when the action leaves them. Who extends a
 * search that found no more gain worth its cost wants it to go on, so that its rule is off from then on.
 */
function withLimits(
  spec: TuningSpec,
  { action, arguments: given }: TuningAction,
  stopped: boolean,
): TuningSpec | null {
  if (action === 'adjust') {
    const { priority = spec.priority, parallelism = spec.parallelism } = given
    return { ...spec, priority, parallelism }
  }
  if (action !== 'extend') return null
  const { experiments, time, stop } = spec.budget
  const moreTime = time === undefined || given.time === undefined ? 0 : durationMs(given.time)
  const budget = {
    ...spec.budget,
    experiments: experiments + (given.experiments ?? 0),
    stop: stopped ? ('off' as const) : stop,
    ...(time === undefined ? {} : { time: `${Math.round((durationMs(time) + moreTime) / 1000)}s` }),
  }
  return { ...spec, budget }
}

async function saveSpec(trx: Transaction<Schema>, tuningId: string, spec: TuningSpec): Promise<void> {
  await trx
    .updateTable('tunings')
    .set({ spec: JSON.stringify(spec) })
    .where('id', '=', tuningId)
    .execute()
  await setWaitingPriority(trx, tuningId, spec.priority)
}
