export interface Colours {
  text: string
  grid: string
  accent: string
  muted: string
  bad: string
  baseline: string
  good: string
  warn: string
}

/** The colours of the page as it is shown now, for canvases. */
export function currentColours(): Colours {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  return {
    text: colour('--quiet'),
    grid: colour('--line'),
    accent: colour('--accent'),
    muted: colour('--muted-mark'),
    bad: colour('--bad'),
    baseline: colour('--baseline'),
    good: colour('--good'),
    warn: colour('--warn'),
  }
}
