import type { Configuration } from '../../domain/parameter.ts'

export interface Setting {
  name: string
  value: string
  /** What the baseline has; null where both are alike. */
  baseline: string | null
}

const shown = (value: string | number | boolean | undefined): string =>
  value === undefined ? 'default' : String(value)

/** Lists the settings of a configuration that differ from the baseline's; what neither names is the engine's default. */
export function differences(configuration: Configuration, baseline: Configuration): Setting[] {
  return allSettings(configuration, baseline).filter(({ baseline: other }) => other !== null)
}

/** Lists every setting of a configuration or its baseline, with what the baseline has where they differ. */
export function allSettings(configuration: Configuration, baseline: Configuration): Setting[] {
  const names = [...new Set([...Object.keys(configuration), ...Object.keys(baseline)])]
  return names.map((name) => ({
    name,
    value: shown(configuration[name]),
    baseline: configuration[name] === baseline[name] ? null : shown(baseline[name]),
  }))
}
