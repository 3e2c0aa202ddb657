import { createSignal, type Accessor } from 'solid-js'
import type { ActionName } from '../../domain/action.ts'
import { answer, api } from './api.ts'

export interface ActionStore {
  busy: Accessor<boolean>
  error: Accessor<unknown>
  /** Asks for an action; true when it was taken. What it changes comes with the events. */
  act: (action: ActionName, given?: Record<string, unknown>) => Promise<boolean>
}

/** Asks for actions on a tuning; `onActed` hears of each that was taken. */
export function createActions(id: Accessor<string>, onActed: () => void): ActionStore {
  const [busy, setBusy] = createSignal(false)
  const [error, setError] = createSignal<unknown>(null)
  return {
    busy,
    error,
    async act(action, given = {}) {
      setBusy(true)
      setError(null)
      try {
        const params = { path: { id: id() } }
        await answer(api.POST(`/api/v1/tunings/{id}/${action}`, { params, body: { by: 'ui', ...given } }))
        onActed()
        return true
      } catch (problem) {
        setError(() => problem)
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}
