import type { ExperimentBrief } from '../../client/client.ts'
import type { Colours } from './colours.ts'
import type { Brushes, ParallelAxis } from './parallel-axes.ts'

const TOP = 34
const BOTTOM = 18
const SIDE = 46

/** Returns where an axis stands on a canvas of so many pixels. */
export function axisX(index: number, count: number, width: number): number {
  return count === 1 ? width / 2 : SIDE + (index / (count - 1)) * (width - 2 * SIDE)
}

/** Returns the place on an axis of a height in a canvas. */
export function placeAt(y: number, height: number): number {
  return Math.min(1, Math.max(0, (height - BOTTOM - y) / (height - TOP - BOTTOM)))
}

/** Draws a line for each experiment across all axes; those that are not kept are faint. */
export function drawParallel(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number },
  given: {
    axes: ParallelAxis[]
    experiments: ExperimentBrief[]
    kept: Set<number>
    brushes: Brushes
    colours: Colours
  },
): void {
  const { width, height } = size
  const { axes, experiments, kept, brushes, colours } = given
  const y = (at: number) => height - BOTTOM - at * (height - TOP - BOTTOM)
  context.clearRect(0, 0, width, height)

  const faintFirst = experiments.toSorted((a, b) => Number(kept.has(a.number)) - Number(kept.has(b.number)))
  for (const experiment of faintFirst) {
    context.globalAlpha = kept.has(experiment.number) ? 0.75 : 0.07
    context.strokeStyle =
      experiment.state === 'failed'
        ? colours.bad
        : experiment.feasible === true
          ? colours.accent
          : colours.muted
    context.lineWidth = 1.4
    context.beginPath()
    let drawing = false
    axes.forEach(({ at }, index) => {
      const place = at(experiment)
      if (place === null) {
        drawing = false
        return
      }
      const x = axisX(index, axes.length, width)
      if (drawing) context.lineTo(x, y(place))
      else context.moveTo(x, y(place))
      drawing = true
    })
    context.stroke()
  }

  context.globalAlpha = 1
  context.font = '12px system-ui, sans-serif'
  context.textAlign = 'center'
  axes.forEach(({ name, label, choices }, index) => {
    const x = axisX(index, axes.length, width)
    context.strokeStyle = colours.text
    context.lineWidth = 1
    context.beginPath()
    context.moveTo(x, y(0))
    context.lineTo(x, y(1))
    context.stroke()
    context.fillStyle = colours.text
    const room = axes.length === 1 ? width : (width - 2 * SIDE) / (axes.length - 1)
    context.fillText(shortened(label, room), x, 11)
    context.fillText(choices.at(-1)?.text ?? '', x, TOP - 7)
    context.fillText(choices[0]?.text ?? '', x, height - 4)
    const brush = brushes[name]
    if (brush !== undefined) {
      context.globalAlpha = 0.3
      context.fillStyle = colours.baseline
      context.fillRect(x - 7, y(brush[1]), 14, Math.max(4, y(brush[0]) - y(brush[1])))
      context.globalAlpha = 1
    }
  })
}

/** A character is about seven pixels wide. */
function shortened(text: string, room: number): string {
  const most = Math.max(4, Math.floor(room / 7))
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
