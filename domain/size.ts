import { z } from 'zod'

const UNITS = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const

/** An amount of memory with its unit: 512MiB, 16GiB. */
export const Size = z
  .string()
  .regex(/^\d+(\.\d+)?(KiB|MiB|GiB|TiB)$/, 'an amount of memory is written like 512MiB or 16GiB')
  .meta({ id: 'Size', description: 'An amount of memory, such as 512MiB or 16GiB.' })
export type Size = z.infer<typeof Size>

/** Returns an amount of memory in bytes. */
export function sizeBytes(size: Size): number {
  const [, amount, unit] = /^([\d.]+)(KiB|MiB|GiB|TiB)$/.exec(size) ?? []
  const factor = Object.entries(UNITS).find(([name]) => name === unit)?.[1]
  if (amount === undefined || factor === undefined) throw new RangeError(`not an amount of memory: ${size}`)
  return Math.round(Number(amount) * factor)
}
