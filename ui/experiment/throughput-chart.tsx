import type { ChartConfiguration } from 'chart.js'
import { ChartCanvas } from '../charts/chart-canvas.tsx'
import type { Colours } from '../charts/colours.ts'
import { pointOptions } from '../charts/options.ts'
import { figure } from '../../domain/figures.ts'

/** Output tokens in each second of the window. */
export function ThroughputChart(props: { series: number[] }) {
  const configure = (colours: Colours): ChartConfiguration<'scatter'> => ({
    type: 'scatter',
    data: {
      datasets: [
        {
          label: 'output tokens/s',
          data: props.series.map((y, index) => ({ x: index + 1, y })),
          showLine: true,
          borderColor: colours.accent,
          backgroundColor: colours.accent,
          borderWidth: 2,
          clip: 8,
          pointRadius: props.series.length > 120 ? 0 : 3,
        },
      ],
    },
    options: pointOptions(
      colours,
      { x: 'second of the window', y: 'output tokens' },
      { low: 0, xLow: 1, xHigh: Math.max(2, props.series.length), wholeX: true },
      ({ parsed }) => `second ${parsed.x}: ${figure(parsed.y)} tokens`,
    ),
  })

  return (
    <section class="panel" aria-labelledby="throughput">
      <h2 id="throughput">Throughput, second by second</h2>
      <ChartCanvas
        label={`Output tokens in each of ${props.series.length} seconds, ${figure(Math.min(...props.series))} to ${figure(Math.max(...props.series))}`}
        configure={configure}
      />
    </section>
  )
}
