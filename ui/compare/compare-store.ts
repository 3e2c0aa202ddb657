import { createEffect, on, type Accessor } from 'solid-js'
import type { Tuning } from '../../client/client.ts'
import { isNotFound } from '../state/api.ts'
import { createFollowed, type Followed } from '../state/followed.ts'
import { readExperiment, readOverview } from '../state/tuning-store.ts'
import { numberOf, subjectOf, type Subject, type Wanted } from './subjects.ts'

export interface Compared {
  subjects: Subject[]
  /** What the address names and is not there. */
  gone: Wanted[]
}

/** Loads what is compared; of a tuning that changes its figures are shown at once, and its experiments read again. */
export function createCompareStore(wanted: Accessor<Wanted[]>): Followed<Compared> {
  /** Of each tuning what was told last: what is being read meanwhile may be older. */
  const told = new Map<string, Tuning>()
  const newest = (read: Tuning) => {
    const heard = told.get(read.id)
    return heard !== undefined && heard.lastEvent > read.lastEvent ? heard : read
  }

  async function loadSubject(one: Wanted): Promise<Subject> {
    const { tuning, experiments } = await readOverview(one.tuningId)
    const number = numberOf(one, tuning)
    const experiment = number === null ? null : await readExperiment(tuning.id, number)
    return subjectOf(one, newest(tuning), experiments, experiment)
  }

  async function load(): Promise<Compared> {
    const asked = wanted()
    const found = await Promise.all(
      asked.map((one) =>
        loadSubject(one).catch((error: unknown) => {
          if (isNotFound(error)) return null
          throw error
        }),
      ),
    )
    return {
      subjects: found.filter((subject) => subject !== null),
      gone: asked.filter((_, index) => found[index] === null),
    }
  }

  const store = createFollowed<Compared>({
    what: () => '',
    key: 'number',
    read: load,
    fold(data, tuning, _stateChanged, readAgain) {
      if (!wanted().some(({ tuningId }) => tuningId === tuning.id)) return data
      told.set(tuning.id, tuning)
      readAgain()
      const withNews = (one: Subject) => (one.tuning.id === tuning.id ? { ...one, tuning } : one)
      return { ...data, subjects: data.subjects.map(withNews) }
    },
  })
  // What was compared before stays in sight until the rest is there.
  createEffect(on(wanted, () => void store.reload(), { defer: true }))
  return store
}
