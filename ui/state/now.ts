import { createSignal, onCleanup, type Accessor } from 'solid-js'

/** The present time, renewed every second while its component lives and the page is visible. */
export function createNow(): Accessor<number> {
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => {
    if (!document.hidden) setNow(Date.now())
  }, 1000)
  onCleanup(() => clearInterval(timer))
  return now
}
