import { z } from 'zod'

/** One thing wrong with a request, and where: a JSON pointer into the body, or the name of a parameter. */
export const ProblemError = z.object({ pointer: z.string(), message: z.string() })
export type ProblemError = z.infer<typeof ProblemError>

/** An error as the API reports it (RFC 9457, application/problem+json). */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    errors: z.array(ProblemError).optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>

/** Returns the JSON pointer (RFC 6901) of a path. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
