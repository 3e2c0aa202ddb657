import { createSignal, type Accessor } from 'solid-js'
import type { Tuning } from '../../client/client.ts'
import { answer, api, done } from './api.ts'

export interface Deletions {
  /** Those that were deleted last, until they are restored or dismissed. */
  last: Accessor<readonly Tuning[]>
  remove: (tunings: readonly Tuning[]) => Promise<void>
  restore: (tunings: readonly Tuning[]) => Promise<void>
  dismiss: () => void
}

/** Deletes tunings and brings them back; `onRemoved` and `onRestored` hear of each. */
export function createDeletions(
  onRemoved: (tuning: Tuning) => void,
  onRestored: (tuning: Tuning) => void,
): Deletions {
  const [last, setLast] = createSignal<readonly Tuning[]>([])
  const at = ({ id }: Tuning) => ({ params: { path: { id } } })

  return {
    last,
    dismiss: () => setLast([]),
    async remove(tunings) {
      const gone: Tuning[] = []
      try {
        await each(tunings, async (tuning) => {
          await done(api.DELETE('/api/v1/tunings/{id}', at(tuning)))
          gone.push(tuning)
          onRemoved(tuning)
        })
      } finally {
        if (gone.length > 0) setLast(gone)
      }
    },
    async restore(tunings) {
      await each(tunings, async (tuning) => {
        onRestored(await answer(api.POST('/api/v1/tunings/{id}/undelete', at(tuning))))
        setLast((others) => others.filter(({ id }) => id !== tuning.id))
      })
    },
  }
}

/** Does something for all at once; one refusal does not keep the others from being asked, the last one is thrown. */
export async function each<T>(all: readonly T[], call: (one: T) => Promise<unknown>): Promise<void> {
  const calls = await Promise.allSettled(all.map((one) => call(one)))
  const refused = calls.findLast((one) => one.status === 'rejected')
  if (refused !== undefined) throw refused.reason
}
