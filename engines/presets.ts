import type { Configuration } from '../domain/parameter.ts'
import { ruleNames, type Rule } from '../domain/rule.ts'
import type { Space } from '../domain/space.ts'
import type { Goal, TuningRequest, TuningSpec } from '../domain/tuning.ts'

/** A space to start from: what to vary for a goal, with the rules and the fixed values that belong to it. */
export interface Preset {
  description: string
  space: Space
  rules: Rule[]
  args: Configuration
}

export type Presets = Record<Goal, Preset>

/**
 * Returns the tuning that a request asks for: where it names a preset, with that preset's space, rules and fixed values.
 * What the request itself names goes before the preset: its own ranges replace the preset's, a parameter that it fixes
 * is not varied, and a rule of the preset over a parameter that is gone goes too.
 */
export function withPreset(presets: Presets, request: TuningRequest): TuningSpec {
  const { preset: goal, space = {}, ...spec } = request
  if (goal === undefined) return { ...spec, space }
  const preset = presets[goal]
  const args = { ...without(preset.args, Object.keys(space)), ...spec.engine.args }
  const varied = { ...without(preset.space, Object.keys(spec.engine.args)), ...space }
  const rules = preset.rules.filter((rule) => ruleNames(rule).every((name) => name in varied || name in args))
  return {
    ...spec,
    engine: { ...spec.engine, args },
    space: varied,
    rules: [...new Set([...spec.rules, ...rules])],
  }
}

function without<Value>(record: Record<string, Value>, names: string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))
}
