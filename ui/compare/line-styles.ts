import type { LegendItem } from '../charts/chart-legend.tsx'

export interface LineStyle {
  kind: Exclude<LegendItem['kind'], 'muted'>
  dash: number[]
}

/** So many at most are set side by side. */
export const MOST_COMPARED = 6

/** One for each that may be compared, told apart by dashes alone where colours are not seen. */
export const LINE_STYLES: LineStyle[] = [
  { kind: 'accent', dash: [] },
  { kind: 'baseline', dash: [14, 5] },
  { kind: 'good', dash: [2, 4] },
  { kind: 'bad', dash: [10, 4, 2, 4] },
  { kind: 'warn', dash: [5, 3] },
  { kind: 'text', dash: [12, 3, 2, 3, 2, 3] },
]
