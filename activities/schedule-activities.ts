import { ScheduleNotFoundError, type Client } from '@temporalio/client'
import { randomBytes } from 'node:crypto'
import type { Database } from '../database/connect.ts'
import { findSchedule } from '../database/schedules.ts'
import { createTuning, findTuning } from '../database/tunings.ts'
import { temporalScheduleId } from '../domain/temporal-names.ts'
import { isFinished } from '../domain/tuning-state.ts'

/** A schedule in Temporal this young may belong to a request that is about to store it. */
const YOUNG_MS = 60_000

/** A tuning that a schedule is to start. */
export interface ScheduledTuning {
  tuningId: string
  engine: string
  model: string
  owner: string | null
}

/** Activities of the runs of schedules. */
export function createScheduleActivities({ db, client }: { db: Database; client: Client }) {
  /** Removes a schedule that is in Temporal only: its creation or its deletion was cut off. */
  async function endStray(scheduleId: string): Promise<void> {
    const handle = client.schedule.getHandle(temporalScheduleId(scheduleId))
    try {
      const { info } = await handle.describe()
      if (Date.now() - info.createdAt.getTime() > YOUNG_MS) await handle.delete()
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error
    }
  }

  return {
    /**
     * Stores the tuning of one run of a schedule, once for its key; null when the schedule is not stored. While as many
     * tunings of its project run as may it fails, and is tried again.
     */
    async createScheduledTuning(
      scheduleId: string,
      key: string,
      startedAt: string,
    ): Promise<ScheduledTuning | null> {
      const schedule = await findSchedule(db, scheduleId)
      if (schedule === null) {
        await endStray(scheduleId)
        return null
      }
      const { tuning } = await createTuning(db, {
        id: randomBytes(6).toString('hex'),
        // Runs are compared with each other: each figure is a whole one.
        spec: {
          ...schedule.spec,
          name: `${schedule.name}, ${startedAt}`,
          budget: { ...schedule.spec.budget, cutShort: false },
        },
        idempotencyKey: key,
        scheduleId,
        project: schedule.project,
        owner: schedule.owner,
      })
      const { id: tuningId, engine, model, owner } = tuning
      return { tuningId, engine, model, owner }
    },

    /** Returns whether nothing more happens to a tuning. */
    async isTuningOver(tuningId: string): Promise<boolean> {
      const tuning = await findTuning(db, tuningId)
      return tuning === null || isFinished(tuning.state)
    },
  }
}

export type ScheduleActivities = ReturnType<typeof createScheduleActivities>
