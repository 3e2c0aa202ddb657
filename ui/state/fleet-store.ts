import type { Fleet } from '../../client/client.ts'
import { answer, api } from './api.ts'
import { createFollowed, type Followed } from './followed.ts'
import { tuningsOf } from './fleet-view.ts'
import { readTuning } from './tuning-store.ts'

export interface FleetView {
  fleet: Fleet
  /** Names of the tunings that hold something or wait, by id. */
  names: Record<string, string>
}

/** Loads hosts and queue, and reads them again when they have changed. */
export function createFleetStore(): Followed<FleetView> {
  const known = new Map<string, string>()
  return createFollowed<FleetView>({
    what: () => '',
    key: 'name',
    async read() {
      const fleet = await answer(api.GET('/api/v1/hosts'))
      const ids = tuningsOf(fleet)
      await Promise.all(
        ids
          .filter((id) => !known.has(id))
          .map(async (id) => {
            // One that was just deleted is shown by its id.
            const name = await readTuning(id)
              .then((tuning) => tuning.name)
              .catch(() => id)
            known.set(id, name)
          }),
      )
      return { fleet, names: Object.fromEntries(ids.map((id) => [id, known.get(id) ?? id])) }
    },
    hangsOn: 'fleet',
    fold: (view) => view,
  })
}
