/** So far from the window a part counts as seen: a scroll finds it drawn. */
const MARGIN = '300px'

/** Tells, from now on, whether an element can be seen or soon could be; returns what ends it. */
export function watchView(element: Element, tell: (near: boolean) => void): () => void {
  const observer = new IntersectionObserver(
    ([entry]) => {
      // Without a height there is nothing to see yet.
      if (entry !== undefined) tell(entry.isIntersecting || entry.boundingClientRect.height === 0)
    },
    { rootMargin: MARGIN },
  )
  observer.observe(element)
  return () => observer.disconnect()
}
