import type { ChartDataset } from 'chart.js'
import type { Colours } from './colours.ts'
import type { Point } from './objective-points.ts'

export type MarkKind = 'failed' | 'infeasible' | 'confirmation' | 'feasible' | 'baseline'

/** What each kind of experiment is called in charts. */
const LABELS: Record<MarkKind, string> = {
  failed: 'failed',
  infeasible: 'breaks a limit',
  confirmation: 'confirmation',
  feasible: 'meets every limit',
  baseline: 'baseline',
}

/** Makes the marks of experiments of a kind, alike in every chart: told apart by shape as well as by colour. */
export function marks(
  kind: MarkKind,
  data: Point[],
  colours: Colours,
): ChartDataset<'scatter'> & { data: Point[] } {
  return {
    label: LABELS[kind],
    backgroundColor: 'transparent',
    clip: 8,
    ...shape(kind, colours),
    data: [...data],
  }
}

function shape(kind: MarkKind, colours: Colours): Partial<ChartDataset<'scatter'>> {
  switch (kind) {
    case 'failed':
      return { pointStyle: 'crossRot', borderColor: colours.bad, borderWidth: 2, pointRadius: 6 }
    case 'infeasible':
      return { pointStyle: 'triangle', borderColor: colours.muted, pointRadius: 5 }
    case 'confirmation':
      return { pointStyle: 'rect', borderColor: colours.good, borderWidth: 2, pointRadius: 5 }
    case 'feasible':
      return { backgroundColor: colours.accent, borderColor: colours.accent, pointRadius: 4 }
    case 'baseline':
      return {
        pointStyle: 'rectRot',
        backgroundColor: colours.baseline,
        borderColor: colours.baseline,
        pointRadius: 7,
      }
  }
}
