import { ScheduleNotFoundError, type Client } from '@temporalio/client'
import { randomBytes } from 'node:crypto'
import type { Database } from '../database/connect.ts'
import { findSchedule, setSchedulePaused, type StoredSchedule } from '../database/schedules.ts'
import { createTuning, findTuning } from '../database/tunings.ts'
import { isOwnerGone } from '../database/users.ts'
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

export interface ScheduleDependencies {
  db: Database
  client: Client
  /** Pauses a schedule in Temporal and says why. */
  pauseSchedule: (schedule: StoredSchedule, reason: string) => Promise<unknown>
}

/** Activities of the runs of schedules. */
export function createScheduleActivities({ db, client, pauseSchedule }: ScheduleDependencies) {
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
     * Stores the tuning of one run of a schedule, once for its key; null when the schedule is not stored, or who it would
     * act for is no user any more: then it is paused. While as many tunings of its project run as may it fails, and is
     * tried again.
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
      if (await isOwnerGone(db, schedule.owner)) {
        await pauseSchedule(schedule, `its owner ${schedule.owner} is no user any more`)
        await setSchedulePaused(db, scheduleId, true)
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
