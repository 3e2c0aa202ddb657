import { z } from 'zod'

/** A name as somebody gives it; those that were stored before may be of another kind. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'a name is one line, without control characters')
