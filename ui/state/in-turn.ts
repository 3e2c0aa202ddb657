const waiting = new Set<() => void>()

function next(): void {
  const [first] = waiting
  if (first === undefined) return
  waiting.delete(first)
  first()
  if (waiting.size > 0) setTimeout(next)
}

/** Does something soon, in a task of its own, so that what people do comes between costly things; returns what calls it off. */
export function inTurn(act: () => void): () => void {
  if (waiting.size === 0) setTimeout(next)
  waiting.add(act)
  return () => waiting.delete(act)
}
