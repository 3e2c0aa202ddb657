import type { Configuration, ParameterValue } from './parameter.ts'

/**
 * Reads a configuration that people write as `name=value` pairs, numbers and booleans as such.
 *
 * @throws {SyntaxError} for a pair without a name or an equals sign.
 */
export function readConfiguration(pairs: string[]): Configuration {
  return Object.fromEntries(
    pairs.map((pair): [string, ParameterValue] => {
      const [, name, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
      if (name === undefined || text === undefined) throw new SyntaxError(`expected name=value, got ${pair}`)
      if (text === 'true' || text === 'false') return [name, text === 'true']
      return [name, text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text]
    }),
  )
}

/** Writes a configuration in one line, as people write it; `defaults` for an empty one. */
export function configurationText(configuration: Readonly<Record<string, unknown>>): string {
  return pairsText(configuration, ' ') || 'defaults'
}

/** Writes `name=value` pairs. */
export function pairsText(pairs: Readonly<Record<string, unknown>>, between = ', '): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(between)
}
