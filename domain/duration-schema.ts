import { z } from 'zod'
import { durationMs } from './duration.ts'

/** A length of time as people write it: `500ms`, `10s`, `1.5m`, `2h`. */
export const Duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'expected a duration such as 500ms, 10s, 20m or 2h')
  .refine((text) => durationMs(text) > 0, 'expected a duration above zero')
  .meta({ description: 'A length of time: a number and ms, s, m or h.', examples: ['10s', '20m'] })
export type Duration = z.infer<typeof Duration>
