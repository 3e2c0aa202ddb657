import { counted } from '../../domain/figures.ts'

/** Says how much is wrong with a request; what is wrong with it as a whole has no place, and counts as well. */
export function problemCount(errors: number): string {
  return `${counted(Math.max(errors, 1), 'thing')} to mend`
}
