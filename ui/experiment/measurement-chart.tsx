import type { ChartConfiguration } from 'chart.js'
import { Show } from 'solid-js'
import { ChartCanvas } from '../charts/chart-canvas.tsx'
import { ChartLegend } from '../charts/chart-legend.tsx'
import type { Colours } from '../charts/colours.ts'
import { pointOptions } from '../charts/options.ts'
import { figure } from '../../domain/figures.ts'
import type { MeasurementPicture } from '../../domain/measurement-pictures.ts'

/** A picture of a measurement; further lines are dashed. */
export function MeasurementChart(props: { picture: MeasurementPicture }) {
  const points = () => props.picture.lines.flatMap((line) => line.points)
  const configure = (colours: Colours): ChartConfiguration<'scatter'> => {
    const { lines, x, y, seconds } = props.picture
    return {
      type: 'scatter',
      data: {
        datasets: lines.map(({ label, points }, index) => ({
          label,
          data: points,
          showLine: true,
          borderColor: index === 0 ? colours.accent : colours.muted,
          backgroundColor: index === 0 ? colours.accent : colours.muted,
          borderDash: index === 0 ? [] : [6, 4],
          borderWidth: 2,
          clip: 8,
          pointRadius: points.length > 60 ? 0 : 3,
        })),
      },
      options: pointOptions(
        colours,
        { x, y },
        seconds
          ? { low: 0, xLow: 1, xHigh: Math.max(2, points().length), wholeX: true }
          : { low: 0, xLow: 0 },
        ({ parsed, dataset }) =>
          `${lines.length > 1 ? `${dataset.label ?? ''}, ` : ''}${x} ${figure(parsed.x)}: ${figure(parsed.y)} ${y}`,
      ),
    }
  }
  const values = () => points().map(({ y }) => y)

  return (
    <section class="panel" aria-labelledby={props.picture.name}>
      <h2 id={props.picture.name}>{props.picture.title}</h2>
      <ChartCanvas
        label={`${props.picture.title}: ${props.picture.y} from ${figure(Math.min(...values()))} to ${figure(Math.max(...values()))}`}
        configure={configure}
      />
      <Show when={props.picture.lines.length > 1}>
        <ChartLegend
          items={props.picture.lines.map(({ label }, index) => ({
            mark: index === 0 ? '—' : '- -',
            kind: index === 0 ? 'accent' : 'muted',
            text: label,
          }))}
        />
      </Show>
    </section>
  )
}
