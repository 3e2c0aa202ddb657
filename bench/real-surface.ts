import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { configurationKey } from '../domain/space.ts'
import { TunerProblem } from '../search/tuner-problem.ts'

/** Where the measured table is kept. */
export const SURFACE_FILE = new URL('./data/llama-server-surface.json', import.meta.url)

const choice = z.union([z.string(), z.number()])
const Row = z.discriminatedUnion('status', [
  z.object({
    config: z.record(z.string(), choice),
    status: z.literal('ok'),
    metrics: z.object({ output_tokens_per_second: z.number(), ttft_p90_ms: z.number() }),
    /** From the start of the engine to its end. */
    cost_s: z.number(),
  }),
  z.object({
    config: z.record(z.string(), choice),
    status: z.literal('failed'),
    error: z.string(),
    cost_s: z.number(),
  }),
])
export type SurfaceRow = z.infer<typeof Row>

/** Every configuration of a small space of llama-server, measured once. */
const Surface = z.object({
  measuredOn: z.string(),
  machine: z.string(),
  rows: z.array(Row),
})
export type Surface = z.infer<typeof Surface>

/** Returns the table as far as it was measured; null when there is none. */
export function readSurface(): Surface | null {
  return existsSync(SURFACE_FILE) ? Surface.parse(JSON.parse(readFileSync(SURFACE_FILE, 'utf8'))) : null
}

/** The traffic that the table was measured under. */
export const SURFACE_WORKLOAD = {
  prompts: { synthetic: { inputTokens: 32, outputTokens: 8 } },
  load: { concurrency: 8 },
  duration: '3s',
  warmup: '500ms',
}

export const SURFACE_PROBLEM = TunerProblem.parse({
  format: 'tuner-problem/1',
  parameters: [
    { name: 'parallel', type: 'integer', min: 1, max: 16, scale: 'log2', default: 4 },
    { name: 'threads', type: 'integer', min: 1, max: 2, default: 2 },
    { name: 'flash_attn', type: 'categorical', choices: ['on', 'off'], default: 'off' },
    { name: 'cache_type_v', type: 'categorical', choices: ['f16', 'q8_0'], default: 'f16' },
  ],
  objectives: [{ metric: 'output_tokens_per_second', direction: 'maximize' }],
  constraints: [{ metric: 'ttft_p90_ms', op: '<=', value: 500 }],
})

/** Returns every configuration of the space, so mixed that a slow minute of the machine meets different ones. */
export function surfaceConfigurations(): SurfaceRow['config'][] {
  const values = SURFACE_PROBLEM.parameters.map((parameter) => {
    if ('choices' in parameter) return parameter.choices.map((value) => choice.parse(value))
    if (!('max' in parameter)) throw new TypeError(`${parameter.name} has no list of values`)
    const { min, max } = parameter
    return parameter.scale === 'log2'
      ? Array.from({ length: Math.log2(max / min) + 1 }, (_, power) => min * 2 ** power)
      : Array.from({ length: max - min + 1 }, (_, step) => min + step)
  })
  const all = values.reduce<(string | number)[][]>(
    (grid, choices) => grid.flatMap((row) => choices.map((value) => [...row, value])),
    [[]],
  )
  // 37 is prime to the number of configurations, so that each is met once.
  return all.map((_, index) => {
    const row = all[(index * 37) % all.length] ?? []
    return Object.fromEntries(SURFACE_PROBLEM.parameters.map(({ name }, place) => [name, row[place] ?? '']))
  })
}

/** Returns a look-up of what was measured of a configuration. */
export function rowFinder({ rows }: Surface): (config: Record<string, unknown>) => SurfaceRow | undefined {
  const known = new Map(rows.map((row) => [configurationKey(row.config), row]))
  return (config) => known.get(configurationKey(z.record(z.string(), choice).parse(config)))
}
