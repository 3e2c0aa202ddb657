/** What begins the name under which a host holds something exclusive, beside its devices. */
export const EXCLUSIVE = 'exclusive:'

/** Returns the name under which a host holds what is exclusive: an endpoint's address. */
export function exclusiveName(exclusive: string): string {
  return EXCLUSIVE + exclusive
}

/** Returns what is held under a name where it is exclusive; null where it is a device. */
export function exclusiveOf(name: string): string | null {
  return name.startsWith(EXCLUSIVE) ? name.slice(EXCLUSIVE.length) : null
}
