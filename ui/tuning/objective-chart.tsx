import { useNavigate } from '@solidjs/router'
import type { ChartConfiguration } from 'chart.js'
import { ChartCanvas } from '../charts/chart-canvas.tsx'
import { ChartLegend } from '../charts/chart-legend.tsx'
import type { Colours } from '../charts/colours.ts'
import { marks } from '../charts/marks.ts'
import { objectivePoints, type Point } from '../charts/objective-points.ts'
import { pointOptions } from '../charts/options.ts'
import type { TuningState } from '../state/tuning-state.ts'
import { figure } from '../../domain/figures.ts'
import { metricLabel, metricUnit } from '../../domain/metric-words.ts'

const LEGEND = [
  { mark: '●', kind: 'accent', text: 'meets every limit' },
  { mark: '△', kind: 'muted', text: 'breaks a limit' },
  { mark: '✕', kind: 'bad', text: 'failed' },
  { mark: '◆', kind: 'baseline', text: 'baseline' },
  { mark: '☐', kind: 'good', text: 'confirmation' },
  { mark: '━', kind: 'accent', text: 'best so far' },
] as const

/** The objective by experiment, with the best so far and the baseline as lines. */
export function ObjectiveChart(props: {
  state: TuningState
  objective: { metric: string; higherIsBetter: boolean }
}) {
  const navigate = useNavigate()
  const points = () => objectivePoints(props.state.experiments, props.objective.higherIsBetter)
  const label = () => {
    const { best } = props.state.tuning
    const so =
      best === null
        ? 'none meets every limit yet'
        : `best ${figure(best.objective)} in experiment ${best.number}`
    return `${metricLabel(props.objective.metric)} by experiment: ${props.state.experiments.length} experiments, ${so}`
  }

  const configure = (colours: Colours): ChartConfiguration<'scatter'> => {
    const tuningId = props.state.tuning.id
    const { feasible, infeasible, failed, baseline, confirmation, best, low, high } = points()
    const last = Math.max(props.state.experiments.length - 1, 1)
    const base = baseline[0]
    const line = (to: Point[]) => (to.length === 0 ? to : [...to, { ...(to.at(-1) ?? to[0]), x: last }])
    const shapes = [
      marks('failed', failed, colours),
      marks('infeasible', infeasible, colours),
      marks('confirmation', confirmation, colours),
      marks('feasible', feasible, colours),
      marks('baseline', baseline, colours),
    ]
    return {
      type: 'scatter',
      data: {
        datasets: [
          ...shapes,
          {
            label: 'best so far',
            data: line(best).map(({ x = 0, y = 0 }) => ({ x, y })),
            showLine: true,
            stepped: 'before' as const,
            pointRadius: 0,
            pointHitRadius: 0,
            borderColor: colours.accent,
            borderWidth: 2,
          },
          {
            label: 'baseline',
            data: base === undefined ? [] : [base, { ...base, x: last }],
            showLine: true,
            pointRadius: 0,
            pointHitRadius: 0,
            borderColor: colours.baseline,
            borderWidth: 1.5,
            borderDash: [6, 4],
          },
        ],
      },
      options: pointOptions(
        colours,
        { x: 'experiment', y: metricUnit(props.objective.metric) },
        { low, high, xLow: 0, xHigh: last, wholeX: true },
        ({ dataset, parsed }) =>
          `experiment ${parsed.x}: ${dataset.label === 'failed' ? 'failed' : `${figure(parsed.y)} (${dataset.label})`}`,
        (dataset, index) => {
          const point = shapes[dataset]?.data[index]
          if (point !== undefined) navigate(`/tunings/${tuningId}/experiments/${point.number}`)
        },
      ),
    }
  }

  return (
    <section class="panel" aria-labelledby="objective-chart">
      <h2 id="objective-chart" title={props.objective.metric}>
        {metricLabel(props.objective.metric)} by experiment
      </h2>
      <ChartCanvas label={label()} configure={configure} />
      <ChartLegend items={[...LEGEND, { mark: '┅', kind: 'baseline', text: 'baseline level' }]} />
    </section>
  )
}
