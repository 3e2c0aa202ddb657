/** Both runs of a confirmation pair get the same prompts, every other run its own. */
export function runSeed(number: number, pair: number | null): number {
  return pair === null ? number : 1_000_000 + pair
}
