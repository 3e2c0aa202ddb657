import { createSignal, type Accessor } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { asJson, isObject, valueAt, withValue, type JsonObject } from './request-draft.ts'

export type Preset = Schemas['Engine']['presets'][string]

/** What a preset stands for in a request. */
const PLACES = ['/preset', '/space', '/rules', '/engine/args']

/**
 * Returns a request with the space, the rules and the fixed values of a preset in place of its own. What else it fixes
 * stays fixed, and is not varied. Pure.
 */
export function filled(draft: JsonObject, { space, rules, args }: Preset): JsonObject {
  const own = valueAt(draft, '/engine/args')
  const fixed = { ...(isObject(own) ? own : {}), ...args }
  const varied = Object.entries(space).filter(([name]) => !(name in fixed))
  return [
    ['/preset', undefined] as const,
    ['/space', asJson(Object.fromEntries(varied))] as const,
    ['/rules', rules.length === 0 ? undefined : asJson(rules)] as const,
    ['/engine/args', Object.keys(fixed).length === 0 ? undefined : asJson(fixed)] as const,
  ].reduce((changed, [place, value]) => withValue(changed, place, value), draft)
}

/** A request, and the goal that its space was last filled for. */
interface Filling {
  goal: string | null
  draft: JsonObject
}

export interface GoalFill {
  goal: Accessor<string | null>
  fill(goal: string, preset: Preset): void
  /** Gives back what stood before the last filling, edits included; null where there was none. */
  undo: Accessor<(() => void) | null>
  /** Takes that back. */
  redo: Accessor<(() => void) | null>
}

/** Fills the space of a request for a goal, with a way back through every filling; the rest of it is left alone. */
export function createGoalFill(draft: Accessor<JsonObject>, replace: (next: JsonObject) => void): GoalFill {
  const [goal, setGoal] = createSignal<string | null>(null)
  const [past, setPast] = createSignal<Filling[]>([])
  const [undone, setUndone] = createSignal<Filling[]>([])

  function go(to: Filling): void {
    setGoal(to.goal)
    replace(PLACES.reduce((next, place) => withValue(next, place, valueAt(to.draft, place)), draft()))
  }
  const present = (): Filling => ({ goal: goal(), draft: draft() })
  const way = (back: Accessor<Filling[]>, setBack: typeof setPast, setForth: typeof setPast) => () => {
    const to = back().at(-1)
    if (to === undefined) return null
    return () => {
      const from = present()
      setForth((list) => [...list, from])
      setBack((list) => list.slice(0, -1))
      go(to)
    }
  }

  return {
    goal,
    fill(name, preset) {
      const before = present()
      setPast((list) => [...list, before])
      setUndone([])
      go({ goal: name, draft: filled(draft(), preset) })
    },
    undo: way(past, setPast, setUndone),
    redo: way(undone, setUndone, setPast),
  }
}
