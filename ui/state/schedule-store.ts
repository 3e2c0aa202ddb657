import type { Accessor } from 'solid-js'
import type { Schedule, Schemas } from '../../client/client.ts'
import { answer, api } from './api.ts'
import { createFollowed, type Followed } from './followed.ts'
import type { JsonObject } from './request-draft.ts'
import { byNextRun, withRun, type ScheduleView } from './schedule-state.ts'

/** Loads all schedules; a tuning that begins or ends may be a run of one, so that they are read again. */
export function createSchedulesStore(): Followed<{ schedules: Schedule[] }> {
  return createFollowed<{ schedules: Schedule[] }>({
    what: () => '',
    key: 'id',
    hangsOn: 'schedules',
    async read() {
      const { schedules } = await answer(api.GET('/api/v1/schedules'))
      return { schedules: byNextRun(schedules) }
    },
    fold: (data, _tuning, stateChanged) => (stateChanged ? null : data),
  })
}

/** Loads a schedule and its runs, and keeps them current. */
export function createScheduleStore(id: Accessor<string>): Followed<ScheduleView> {
  return createFollowed<ScheduleView>({
    what: id,
    key: 'tuningId',
    hangsOn: 'schedules',
    read: (wanted) => answer(api.GET('/api/v1/schedules/{id}', { params: { path: { id: wanted } } })),
    // What begins may be a run of it, and what ends is compared with the run before.
    fold: (view, tuning, stateChanged) => (stateChanged ? null : withRun(view, tuning)),
  })
}

/** Creates a schedule; what is wrong with the request the API says, with the place of each problem. */
export function createSchedule(request: JsonObject, project: string): Promise<Schedule> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  const body = request as unknown as Schemas['ScheduleRequest']
  return answer(api.POST('/api/v1/schedules', { body, params: { query: { project } } }))
}
