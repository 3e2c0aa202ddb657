/** Returns a function that runs some work, one run at a time: called while it runs, it runs once more afterwards. */
export function singleFlight(work: () => Promise<void>): () => void {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    running = true
    do {
      again = false
      await work()
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void run()
  }
}
