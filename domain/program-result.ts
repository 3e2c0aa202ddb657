import { z } from 'zod'
import { DiagnosisKind } from './diagnosis.ts'

/** The last line of a program that measures a configuration by itself. */
export const ProgramResult = z.union([
  z.object({
    metrics: z.record(z.string(), z.number().nullable()).meta({
      description: 'Figures by the names of the metrics; null for one that is undefined.',
    }),
  }),
  z.object({
    error: z.string().min(1).max(1000).meta({ description: 'Why the configuration cannot be measured.' }),
    kind: DiagnosisKind.default('unknown').meta({
      description: 'What kind of failure: each is learned by itself.',
    }),
  }),
])
export type ProgramResult = z.infer<typeof ProgramResult>

/** Returns the result among the lines of a program's output: the last line that is one; null when none is. */
export function findProgramResult(lines: readonly string[]): ProgramResult | null {
  for (const line of lines.toReversed()) {
    if (!line.trimStart().startsWith('{')) continue
    try {
      const parsed = ProgramResult.safeParse(JSON.parse(line))
      if (parsed.success) return parsed.data
    } catch {
      // Another line may be one.
    }
  }
  return null
}
