import type { Configuration, Parameter } from './parameter.ts'

type Parameters = Readonly<Record<string, Parameter>>

/**
 * Returns whether a parameter exists under the values of a configuration: its condition holds, and so does the one of
 * every parameter that this rests on. `values` holds fixed values too.
 */
export function isActive(space: Parameters, name: string, values: Configuration, depth = 0): boolean {
  const condition = space[name]?.condition
  if (condition === undefined) return true
  const value = values[condition.parameter]
  if (value === undefined || !condition.in.includes(value) || depth > 60) return false
  return isActive(space, condition.parameter, values, depth + 1)
}

/** Returns a configuration without the parameters that do not exist under its other values. */
export function withoutInactive(
  space: Parameters,
  configuration: Configuration,
  fixed: Configuration = {},
): Configuration {
  const values = { ...fixed, ...configuration }
  return Object.fromEntries(Object.entries(configuration).filter(([name]) => isActive(space, name, values)))
}

/** Returns the names of a space so that each comes after the one that it depends on; those in a circle are left out. */
export function inParentOrder(space: Parameters): string[] {
  const ordered: string[] = []
  const placed = new Set<string>()
  let waiting = Object.keys(space)
  while (waiting.length > 0) {
    const ready = waiting.filter((name) => {
      const parent = space[name]?.condition?.parameter
      return parent === undefined || !(parent in space) || placed.has(parent)
    })
    if (ready.length === 0) break
    for (const name of ready) placed.add(name)
    ordered.push(...ready)
    waiting = waiting.filter((name) => !placed.has(name))
  }
  return ordered
}
