import { closest, distance } from 'fastest-levenshtein'

/** Returns `; did you mean "x"?` for the known name nearest to a wrong one, or the known names when none is near. */
export function nearest(wrong: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const candidate = closest(wrong, [...known])
  if (distance(wrong, candidate) <= Math.max(2, Math.ceil(wrong.length / 3)))
    return `; did you mean "${candidate}"?`
  return known.length <= 12 ? `; known: ${known.join(', ')}` : ''
}
