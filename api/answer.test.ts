import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { finishExperiment, saveConditions } from '../database/experiments.ts'
import { planExperiment } from '../database/plans.ts'
import { setTuningState } from '../database/tunings.ts'
import { newTuning } from '../tests/database.ts'
import { startApi } from '../tests/api.ts'
import { ExperimentView, TuningView } from './views.ts'

const NAME = 'a "name"; drop table tunings; -- <script>alert(1)</script> \\u0000 𝛑'
let api: Awaited<ReturnType<typeof startApi>>
let id: string
beforeAll(async () => {
  api = await startApi('127.0.0.1')
  id = await newTuning(api.db, { name: NAME })
  for (const number of [0, 1])
    await planExperiment(api.db, id, number, () => ({
      kind: number === 0 ? 'baseline' : 'search',
      configuration: { flag: `"${NAME}"` },
      reason: NAME,
    }))
  const diagnosis = { kind: 'unknown', summary: NAME, evidence: null, advice: NAME } as const
  await finishExperiment(api.db, id, 0, {
    status: 'failed',
    diagnosis: { ...diagnosis, exitCode: 1, signal: null, logTail: [] },
  })
})

/** Reads a path until what it answers can be told to be unchanged, and returns how to ask that. */
async function unchangedAt(path: string) {
  const etag = (await api.send('GET', path)).headers.get('etag') ?? ''
  const ask = async () => (await api.send('GET', path, { 'if-none-match': etag })).status
  await expect.poll(ask).toBe(304)
  return ask
}

const paths = () => [
  `/tunings/${id}`,
  '/tunings',
  `/tunings/${id}/experiments`,
  `/tunings/${id}/experiments/0`,
]

test('what is passed on as it is stored is whole, and as the document says', async () => {
  const read = async (path: string): Promise<unknown> => (await api.send('GET', path)).json()
  const tuning = z.strictObject(TuningView.shape).parse(await read(`/tunings/${id}`))
  expect(tuning).toMatchObject({ id, name: NAME, spec: { name: NAME }, experiments: { budget: 2 } })
  const list = z.object({ tunings: z.array(z.unknown()) }).parse(await read('/tunings'))
  expect(list.tunings).toEqual([tuning])
  const { experiments } = z
    .object({ experiments: z.array(z.strictObject(ExperimentView.shape)) })
    .parse(await read(`/tunings/${id}/experiments`))
  expect(experiments).toMatchObject([
    { reason: NAME, configuration: { flag: `"${NAME}"` }, result: { diagnosis: { summary: NAME } } },
    { result: null, conditions: null },
  ])
  expect(await read(`/tunings/${id}/experiments/0`)).toEqual(experiments[0])
})

test('experiments can be read in pages', async () => {
  const numbers = async (query: string) =>
    z
      .object({ experiments: z.array(z.object({ number: z.int() })) })
      .parse(await (await api.send('GET', `/tunings/${id}/experiments?${query}`)).json())
      .experiments.map(({ number }) => number)
  expect(await numbers('limit=1')).toEqual([0])
  expect(await numbers('after=0&limit=5')).toEqual([1])
  expect(await numbers('after=1')).toEqual([])
})

test('who has an answer is told that it has not changed, until something changes it', async () => {
  for (const path of paths()) {
    const ask = await unchangedAt(path)
    if (!path.includes('experiments'))
      await setTuningState(api.db, id, { state: 'running', phase: 'search', message: path })
    else
      await saveConditions(api.db, id, 0, {
        ...{ host: path, devices: [], engineVersion: null, model: 'm', command: [], attempts: 1 },
      })
    await expect.poll(ask).toBe(200)
  }
  const ask = await unchangedAt(`/tunings/${id}`)
  await newTuning(api.db)
  expect(await ask()).toBe(304)
})

test('an answer is given again as it was, without being read, until something changes it', async () => {
  const path = `/tunings/${id}`
  await unchangedAt(path)
  const read = async () => {
    const response = await api.send('GET', path, { 'accept-encoding': 'identity' })
    return { text: await response.text(), head: { ...Object.fromEntries(response.headers), date: '' } }
  }
  const first = await read()
  await sql`update tunings set message = 'unannounced' where id = ${id}`.execute(api.db)
  expect(await read()).toEqual(first)
  await setTuningState(api.db, id, { state: 'running', phase: 'search', message: 'announced' })
  await expect.poll(async () => (await read()).text).toContain('"announced"')
})

test('nothing is said to be unchanged while announcements are lost', async () => {
  const tuning = await unchangedAt(`/tunings/${id}`)
  const list = await unchangedAt('/tunings')
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()`.execute(
    api.db,
  )
  await sql`update tunings set message = 'changed by hand', completed_count = completed_count + 1`.execute(
    api.db,
  )
  await expect.poll(tuning).toBe(200)
  await expect.poll(list).toBe(200)
})

test('other answers have a tag too', async () => {
  const ask = await unchangedAt('/engines')
  expect(await ask()).toBe(304)
})

test('a tag is found in a list, without its W/ and by *, whether the answer is remembered or not', async () => {
  for (const path of [`/tunings/${id}`, '/engines']) {
    await unchangedAt(path)
    const etag = (await api.send('GET', path)).headers.get('etag') ?? ''
    const strong = etag.slice('W/'.length)
    for (const asked of [etag, strong, '*', `"x", ${etag}`, `${strong},W/"y"`, `"a,b" , ${etag}`]) {
      const { status, headers } = await api.send('GET', path, { 'if-none-match': asked })
      expect([path, asked, status, headers.get('etag')]).toEqual([path, asked, 304, etag])
    }
    for (const asked of ['', '"x"', '""', 'W/"*"', strong.slice(1, -1), `"${strong.slice(5)}`, '"x", *'])
      expect([asked, (await api.send('GET', path, { 'if-none-match': asked })).status]).toEqual([asked, 200])
  }
})
