import { createSignal, type Accessor } from 'solid-js'
import { giveBackFocus } from './focus.ts'

export interface Ask {
  busy: Accessor<boolean>
  /** What went wrong the last time. */
  error: Accessor<unknown>
  /** Says no longer what went wrong. */
  forget: () => void
  /** Asks for something; true when it was done. */
  ask: (call: () => Promise<unknown>) => Promise<boolean>
}

/** Keeps whether something is being asked for and what went wrong with it, for a button or a form. */
export function createAsk(): Ask {
  const [busy, setBusy] = createSignal(false)
  const [error, setError] = createSignal<unknown>(null)
  return {
    busy,
    error,
    forget: () => setError(null),
    async ask(call) {
      const giveBack = giveBackFocus()
      setBusy(true)
      setError(null)
      try {
        await call()
        return true
      } catch (problem) {
        setError(() => problem)
        return false
      } finally {
        setBusy(false)
        giveBack()
      }
    },
  }
}
