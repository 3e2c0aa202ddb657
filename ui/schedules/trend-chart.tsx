import { useNavigate } from '@solidjs/router'
import type { ChartConfiguration } from 'chart.js'
import type { Schedule, ScheduleRun } from '../../client/client.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { ChartCanvas } from '../charts/chart-canvas.tsx'
import { ChartLegend } from '../charts/chart-legend.tsx'
import type { Colours } from '../charts/colours.ts'
import { pointOptions } from '../charts/options.ts'
import { trendPoints } from '../charts/trend-points.ts'
import { figure } from '../../domain/figures.ts'
import { metricLabel, metricUnit } from '../../domain/metric-words.ts'
import { comparisonText } from '../words/schedule-words.ts'
import { moment } from '../words/times.ts'

const LEGEND = [
  { mark: '●', kind: 'accent', text: 'as before, or not settled' },
  { mark: '▲', kind: 'good', text: 'better than the run before' },
  { mark: '▼', kind: 'bad', text: 'regression' },
  { mark: '✕', kind: 'muted', text: 'no result' },
] as const

/** The best objective of each finished run, with regressions marked. */
export function TrendChart(props: { schedule: Schedule; runs: ScheduleRun[] }) {
  const navigate = useNavigate()
  const objective = () => objectiveMetric(props.schedule.tuning.objective)
  const points = () => trendPoints(props.runs)
  const label = () => {
    const { all, regressions } = points()
    return `${metricLabel(objective().metric)} by run: ${all.length} runs with a result, ${regressions.length} regressions`
  }

  const configure = (colours: Colours): ChartConfiguration<'scatter'> => {
    const { steady, gains, regressions, without, all, low, high, xLow, xHigh } = points()
    const { metric, higherIsBetter } = objective()
    const shapes = [
      { data: regressions, pointStyle: 'triangle', rotation: 180, borderColor: colours.bad, pointRadius: 8 },
      { data: gains, pointStyle: 'triangle', rotation: 0, borderColor: colours.good, pointRadius: 8 },
      { data: without, pointStyle: 'crossRot', rotation: 0, borderColor: colours.muted, pointRadius: 6 },
      { data: steady, pointStyle: 'circle', rotation: 0, borderColor: colours.accent, pointRadius: 4 },
    ] as const
    return {
      type: 'scatter',
      data: {
        datasets: [
          ...shapes.map((shape) => ({
            ...shape,
            backgroundColor: shape.borderColor,
            borderWidth: 2,
            clip: 8,
            data: shape.data.map(({ x, y }) => ({ x, y })),
          })),
          {
            data: all.map(({ x, y }) => ({ x, y })),
            showLine: true,
            pointRadius: 0,
            pointHitRadius: 0,
            borderColor: colours.accent,
            borderWidth: 1.5,
          },
        ],
      },
      options: pointOptions(
        colours,
        { x: 'run', y: metricUnit(metric) },
        { low, high, xLow, xHigh, wholeX: true },
        ({ datasetIndex, dataIndex }) => {
          const run = shapes[datasetIndex]?.data[dataIndex]?.run
          if (run === undefined) return ''
          const result = run.best === null ? 'no result' : figure(run.best.objective)
          const compared =
            run.comparison === null ? '' : `, ${comparisonText(run.comparison, higherIsBetter)}`
          return `${moment(run.createdAt, Date.now())}: ${result}${compared}`
        },
        (dataset, index) => {
          const run = shapes[dataset]?.data[index]?.run
          if (run !== undefined) navigate(`/tunings/${run.tuningId}`)
        },
      ),
    }
  }

  return (
    <section class="panel" aria-labelledby="trend">
      <h2 id="trend" title={objective().metric}>
        {metricLabel(objective().metric)} by run
      </h2>
      <ChartCanvas label={label()} configure={configure} />
      <ChartLegend items={[...LEGEND]} />
    </section>
  )
}
