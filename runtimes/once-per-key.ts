/**
 * Returns a function that, while it runs for a key, gives a second call under the key the outcome of the first: tries
 * of one activity may overlap in a worker.
 */
export function oncePerKey<Request extends { key: string }, Result>(
  act: (request: Request) => Promise<Result>,
): (request: Request) => Promise<Result> {
  const running = new Map<string, Promise<Result>>()
  return async (request) => {
    const existing = running.get(request.key)
    if (existing !== undefined) return existing
    const acting = act(request).finally(() => running.delete(request.key))
    running.set(request.key, acting)
    return acting
  }
}
