import type { ChartConfiguration } from 'chart.js'
import { createMemo, Show } from 'solid-js'
import { figure } from '../../domain/figures.ts'
import { metricLabel, metricUnit } from '../../domain/metric-words.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { ChartCanvas } from '../charts/chart-canvas.tsx'
import { ChartLegend, type LegendItem } from '../charts/chart-legend.tsx'
import type { Colours } from '../charts/colours.ts'
import { pointOptions } from '../charts/options.ts'
import type { Subject } from './subjects.ts'

/** Told apart by colour and by dashes. */
const LINES: { kind: Exclude<LegendItem['kind'], 'muted'>; dash: number[]; mark: string }[] = [
  { kind: 'accent', dash: [], mark: '━' },
  { kind: 'baseline', dash: [8, 4], mark: '┅' },
  { kind: 'good', dash: [3, 3], mark: '┄' },
  { kind: 'bad', dash: [12, 4, 3, 4], mark: '╍' },
]

interface Curves {
  title: string
  x: string
  y: string
  lines: { x: number; y: number }[][]
  stepped: boolean
}

/** The curves of all subjects in one chart: best so far of tunings, throughput of experiments. */
export function OverlayChart(props: { subjects: Subject[] }) {
  const curves = createMemo(() =>
    props.subjects.every(({ wanted }) => wanted.number === 'best')
      ? searches(props.subjects)
      : throughputs(props.subjects),
  )
  const configure = (colours: Colours): ChartConfiguration<'scatter'> => {
    const { lines, stepped, x, y } = curves()
    const ys = lines.flatMap((line) => line.map((point) => point.y))
    return {
      type: 'scatter',
      data: {
        datasets: lines.map((data, index) => {
          const line = LINES[index % LINES.length]
          return {
            label: props.subjects[index]?.name ?? '',
            data,
            showLine: true,
            ...(stepped ? { stepped: 'before' as const } : {}),
            pointRadius: 0,
            pointHitRadius: 8,
            borderWidth: 2,
            borderColor: colours[line?.kind ?? 'accent'],
            borderDash: line?.dash ?? [],
          }
        }),
      },
      options: pointOptions(
        colours,
        { x, y },
        { low: 0, high: Math.max(...ys, 1) * 1.08, wholeX: true },
        ({ dataset, parsed }) => `${dataset.label ?? ''}: ${figure(parsed.y)} at ${parsed.x}`,
      ),
    }
  }

  return (
    <Show when={curves().lines.some((line) => line.length > 1)}>
      <section class="panel" aria-labelledby="overlay">
        <h2 id="overlay">{curves().title}</h2>
        <ChartCanvas
          label={`${curves().title}: ${props.subjects.map(({ name }) => name).join(', ')}`}
          configure={configure}
        />
        <ChartLegend
          items={props.subjects.map(({ name }, index) => ({
            mark: LINES[index % LINES.length]?.mark ?? '━',
            kind: LINES[index % LINES.length]?.kind ?? 'accent',
            text: name,
          }))}
        />
      </section>
    </Show>
  )
}

function searches(subjects: Subject[]): Curves {
  const [first] = subjects
  const metric = first === undefined ? '' : objectiveMetric(first.tuning.spec.objective).metric
  return {
    title: `Best so far, ${metricLabel(metric)}`,
    x: 'experiment',
    y: metricUnit(metric),
    stepped: true,
    lines: subjects.map(({ rise }) => rise()),
  }
}

function throughputs(subjects: Subject[]): Curves {
  return {
    title: 'Throughput, second by second',
    x: 'second of the window',
    y: 'output tokens',
    stepped: false,
    lines: subjects.map(({ experiment }) =>
      experiment?.result?.status === 'measured'
        ? experiment.result.measurement.outputTokensPerSecondSeries.map((y, index) => ({ x: index + 1, y }))
        : [],
    ),
  }
}
