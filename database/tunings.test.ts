import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventsOf, newDatabase, newSpec, newTuning } from '../tests/database.ts'
import { SchedulePlan } from '../domain/schedule.ts'
import type { Database } from './connect.ts'
import { listenForNotifications } from './notifications.ts'
import { createProject } from './projects.ts'
import { createSchedule } from './schedules.ts'
import { listTunings } from './tuning-list.ts'
import { createTuning, findTuning, setTuningState } from './tunings.ts'
import { sql } from 'kysely'

let db: Database
let databaseUrl: string

beforeAll(async () => {
  ;({ db, databaseUrl } = await newDatabase())
})
afterAll(() => db.destroy())

test('the same idempotency key stores one tuning, however many ask at once', async () => {
  const created = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      createTuning(db, { id: `same${index}`, spec: newSpec(), idempotencyKey: 'once' }),
    ),
  )
  expect(new Set(created.map(({ tuning }) => tuning.id)).size).toBe(1)
  expect(created.filter((answer) => answer.created)).toHaveLength(1)
  await db
    .deleteFrom('tunings')
    .where('id', '=', created[0]?.tuning.id ?? '')
    .execute()
})

test('a key is of its owner in its project, and one of an earlier version still counts', async () => {
  await createProject(db, 'other', {})
  const start = async (id: string, change: { project?: string; owner?: string } = {}) =>
    (await createTuning(db, { id, spec: newSpec(), idempotencyKey: 'mine', ...change })).tuning.id
  const scopes = [
    {},
    { owner: 'ada' },
    { owner: 'alan' },
    { project: 'other' },
    { project: 'other', owner: 'ada' },
  ]
  for (const [index, scope] of scopes.entries()) {
    expect(await start(`key${index}`, scope)).toBe(`key${index}`)
    expect(await start('again', scope)).toBe(`key${index}`)
  }
  await db.updateTable('tunings').set({ idempotency_key: 'mine' }).where('id', '=', 'key1').execute()
  expect(await start('again', { owner: 'ada' })).toBe('key1')
  expect(await start('again', { owner: 'alan' })).toBe('key2')
  await db.deleteFrom('tunings').where('id', 'like', 'key%').execute()
})

test('pages go through all tunings once, also when one is added meanwhile', async () => {
  const ids = []
  for (let n = 0; n < 7; n++) ids.push(await newTuning(db, { name: `page ${n % 3}` }))
  for (const sort of ['created_desc', 'created_asc', 'name_asc', 'name_desc'] as const) {
    const seen: string[] = []
    let after: { key: string; id: string } | undefined
    do {
      const page = await listTunings(db, { sort, limit: 2, after, search: 'page' })
      seen.push(...page.tunings.map(({ id }) => id))
      after = page.next ?? undefined
      if (seen.length === 2 && sort === 'created_desc') await newTuning(db, { name: 'page late' })
    } while (after !== undefined)
    const expected = sort === 'created_desc' ? ids.toReversed() : undefined
    expect(new Set(seen).size).toBe(seen.length)
    if (expected !== undefined) expect(seen).toEqual(expected)
    else expect(seen).toHaveLength(8)
  }
})

test('the tunings of a schedule can be listed alone', async () => {
  const plan = SchedulePlan.parse({ timing: { every: '1h' } })
  await createSchedule(db, {
    id: 'nightly',
    name: 'nightly',
    spec: newSpec(),
    plan,
    paused: false,
    project: 'default',
    owner: null,
  })
  await newTuning(db)
  await createTuning(db, { id: 'run', spec: newSpec(), idempotencyKey: null, scheduleId: 'nightly' })
  const { tunings } = await listTunings(db, { sort: 'created_desc', limit: 9, schedule: 'nightly' })
  expect(tunings.map(({ id }) => id)).toEqual(['run'])
})

test('a search finds characters that have a meaning in SQL patterns as they are', async () => {
  await newTuning(db, { name: '100% sure_thing' })
  const found = async (search: string) =>
    (await listTunings(db, { sort: 'name_asc', limit: 9, search })).tunings.length
  expect([await found('0% s'), await found('sure_t'), await found('0%t')]).toEqual([1, 1, 0])
})

test('a state is told once, and none after the last', async () => {
  const id = await newTuning(db)
  for (let again = 0; again < 2; again++) await setTuningState(db, id, { state: 'running', phase: 'search' })
  await setTuningState(db, id, { state: 'completed', phase: 'done', message: 'good' })
  await setTuningState(db, id, { state: 'running', phase: 'search' })
  const states = (await eventsOf(db, id)).flatMap(({ event }) =>
    event.type === 'tuning.state' ? [event.state] : [],
  )
  expect(states).toEqual(['running', 'completed'])
  expect((await findTuning(db, id))?.finished_at).not.toBeNull()
})

test('the verdict of the report is kept, and the gain that it is about', async () => {
  const id = await newTuning(db)
  const gainAfter = async (report: object) => {
    await db
      .updateTable('tunings')
      .set({ report: JSON.stringify(report) })
      .where('id', '=', id)
      .execute()
    const tuning = await findTuning(db, id)
    return [tuning?.verdict, tuning?.gain]
  }
  expect((await findTuning(db, id))?.gain).toBeNull()
  expect(await gainAfter({ verdict: 'not_settled', gain: { ratio: 4.57 } })).toEqual(['not_settled', 4.57])
  expect(await gainAfter({ verdict: 'baseline_best', gain: null })).toEqual(['baseline_best', null])
  expect(await gainAfter({ verdict: 'better', gain: { ratio: 1.33 } })).toEqual(['better', 1.33])
  expect(await gainAfter({ verdict: 'worse', gain: { ratio: 0.9 } })).toEqual(['worse', 0.9])
})

test('a listener hears of events, and after its connection was cut that it may have missed some', async () => {
  const heard: string[] = []
  const connection: boolean[] = []
  const stop = await listenForNotifications(databaseUrl, {
    onEvents: (id) => heard.push(id),
    onLive: () => undefined,
    onAccess: () => heard.push('access'),
    onNews: (news) => heard.push(news),
    onConnection: (listening) => connection.push(listening),
  })
  const id = await newTuning(db)
  await expect.poll(() => heard).toContain(id)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()`.execute(
    db,
  )
  await expect.poll(() => connection).toEqual([true, false, true])
  const later = await newTuning(db)
  await expect.poll(() => heard).toContain(later)
  await stop()
})
