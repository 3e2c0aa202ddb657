import type { ChartConfiguration } from 'chart.js'
import { createMemo, Show } from 'solid-js'
import { figure } from '../../domain/figures.ts'
import { metricLabel, metricUnit } from '../../domain/metric-words.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { ChartCanvas } from '../charts/chart-canvas.tsx'
import { ChartLegend } from '../charts/chart-legend.tsx'
import type { Colours } from '../charts/colours.ts'
import { pointOptions } from '../charts/options.ts'
import { LINE_STYLES, type LineStyle } from './line-styles.ts'
import type { Subject } from './subjects.ts'

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
          const { kind, dash } = styleOf(index)
          return {
            label: props.subjects[index]?.name ?? '',
            data,
            showLine: true,
            ...(stepped ? { stepped: 'before' as const } : {}),
            pointRadius: 0,
            pointHitRadius: 8,
            borderWidth: 2,
            borderColor: colours[kind],
            borderDash: dash,
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
            ...styleOf(index),
            mark: '━',
            text: name,
          }))}
        />
      </section>
    </Show>
  )
}

function styleOf(index: number): LineStyle {
  return LINE_STYLES[index % LINE_STYLES.length] ?? { kind: 'accent', dash: [] }
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
