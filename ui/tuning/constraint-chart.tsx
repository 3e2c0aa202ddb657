import { useNavigate } from '@solidjs/router'
import type { ChartConfiguration } from 'chart.js'
import { Show } from 'solid-js'
import { parseConstraint } from '../../domain/constraint.ts'
import { ChartCanvas } from '../charts/chart-canvas.tsx'
import { ChartLegend } from '../charts/chart-legend.tsx'
import type { Colours } from '../charts/colours.ts'
import { marks } from '../charts/marks.ts'
import { constraintPoints } from '../charts/objective-points.ts'
import { pointOptions } from '../charts/options.ts'
import type { TuningState } from '../state/tuning-state.ts'
import { figure } from '../../domain/figures.ts'
import { constraintText, metricLabel, metricUnit } from '../../domain/metric-words.ts'

/** The objective against the metric of the first limit, with the limit as a line. */
export function ConstraintChart(props: { state: TuningState; objective: { metric: string } }) {
  const navigate = useNavigate()
  const text = () => props.state.tuning.spec.constraints?.[0] ?? ''
  const constraint = () => {
    const parsed = parseConstraint(text())
    return typeof parsed === 'string' ? null : parsed
  }

  const configure = (metric: string, limit: number, colours: Colours): ChartConfiguration<'scatter'> => {
    const tuningId = props.state.tuning.id
    const { feasible, infeasible, baseline } = constraintPoints(props.state.experiments, metric)
    const all = [...feasible, ...infeasible, ...baseline]
    const ys = all.map(({ y }) => y)
    const xs = [...all.map(({ x }) => x), limit]
    const room = (Math.max(...ys) - Math.min(...ys)) * 0.15 || 1
    const low = all.length === 0 ? 0 : Math.max(0, Math.min(...ys) - room)
    const high = all.length === 0 ? 1 : Math.max(...ys) + room
    const shapes = [
      marks('infeasible', infeasible, colours),
      marks('feasible', feasible, colours),
      marks('baseline', baseline, colours),
    ]
    return {
      type: 'scatter',
      data: {
        datasets: [
          ...shapes,
          {
            label: 'limit',
            data: [
              { x: limit, y: low },
              { x: limit, y: high },
            ],
            showLine: true,
            pointRadius: 0,
            pointHitRadius: 0,
            borderColor: colours.bad,
            borderWidth: 2,
          },
        ],
      },
      options: pointOptions(
        colours,
        {
          x: `${metricLabel(metric)} (${metricUnit(metric)})`,
          y: metricUnit(props.objective.metric),
        },
        { low, high, xLow: 0, xHigh: Math.max(...xs) * 1.05 },
        ({ dataset, parsed, raw }) => {
          const number = typeof raw === 'object' && raw !== null && 'number' in raw ? String(raw.number) : ''
          return `experiment ${number}: ${figure(parsed.y)} at ${figure(parsed.x)} ${metricUnit(metric)} (${dataset.label})`
        },
        (dataset, index) => {
          const point = shapes[dataset]?.data[index]
          if (point !== undefined) navigate(`/tunings/${tuningId}/experiments/${point.number}`)
        },
      ),
    }
  }

  return (
    <Show when={constraint()}>
      {(parsed) => (
        <section class="panel" aria-labelledby="constraint-chart">
          <h2 id="constraint-chart" title={text()}>
            Against the limit {constraintText(text())}
          </h2>
          <ChartCanvas
            label={`${metricLabel(props.objective.metric)} against ${metricLabel(parsed().metric)}, limit ${parsed().limit}`}
            configure={(colours) => configure(parsed().metric, parsed().limit, colours)}
          />
          <ChartLegend
            items={[
              { mark: '●', kind: 'accent', text: 'meets every limit' },
              { mark: '△', kind: 'muted', text: 'breaks a limit' },
              { mark: '◆', kind: 'baseline', text: 'baseline' },
              { mark: '┃', kind: 'bad', text: `limit ${parsed().limit} ${metricUnit(parsed().metric)}` },
            ]}
          />
        </section>
      )}
    </Show>
  )
}
