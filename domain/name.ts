import { z } from 'zod'

/** Whether a text is one line, without what a terminal would take for a command. */
export function isPlainLine(text: string): boolean {
  return !/[\p{Cc}\u2028\u2029]/u.test(text)
}

/** A name as somebody gives it; those that were stored before may be of another kind. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .refine(isPlainLine, 'a name is one line, without control characters')
