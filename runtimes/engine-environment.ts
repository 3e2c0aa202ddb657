/** The service's own environment without what only concerns the service: addresses and passwords of its stores. */
export function engineEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(REDLINE_|TEMPORAL_|DATABASE_URL$|PG)/.test(name)),
  )
}
