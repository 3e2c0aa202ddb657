/** Does something once for all that asked for it within a time. */
export interface Gathered {
  ask: () => void
  /** Leaves what was asked for undone. */
  stop: () => void
}

/** Makes a {@link Gathered} that acts so many milliseconds after it was first asked. */
export function createGathered(afterMs: () => number, act: () => void): Gathered {
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    ask() {
      timer ??= setTimeout(() => {
        timer = undefined
        act()
      }, afterMs())
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
