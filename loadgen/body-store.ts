const FIRST_BYTES = 8192
const MAX_KEPT_BYTES = 131_072
const MAX_FREE = 2048

const free: Buffer[] = []

/** Returns memory for a body; what {@link giveBack} returned is used again, which spares the collector. */
export function borrow(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES)
}

/** Returns memory of twice the size with the same beginning, at least as large as asked. */
export function enlarge(store: Buffer, used: number, needed: number): Buffer {
  let size = store.length * 2
  while (size < needed) size *= 2
  const larger = Buffer.allocUnsafeSlow(size)
  store.copy(larger, 0, 0, used)
  giveBack(store)
  return larger
}

/** Takes memory back that nobody reads any more. */
export function giveBack(store: Buffer): void {
  if (store.length <= MAX_KEPT_BYTES && free.length < MAX_FREE) free.push(store)
}
