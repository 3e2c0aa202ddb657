import type { ChartOptions, TooltipItem } from 'chart.js'
import { tick } from '../../domain/figures.ts'
import type { Colours } from './colours.ts'

/** Options of a chart of points; `open` is called with the dataset and index of a mark that is clicked. */
export function pointOptions(
  colours: Colours,
  text: { x: string; y: string },
  range: { low?: number; high?: number; xLow?: number; xHigh?: number; wholeX?: boolean },
  tell: (item: TooltipItem<'scatter'>) => string,
  open?: (dataset: number, index: number) => void,
): ChartOptions<'scatter'> {
  const axis = (title: string) => ({
    title: { display: true, text: title, color: colours.text },
    grid: { color: colours.grid },
    border: { color: colours.grid },
  })
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: 'nearest', intersect: true },
    onClick(_event, marks) {
      const [mark] = marks
      if (mark !== undefined) open?.(mark.datasetIndex, mark.index)
    },
    scales: {
      x: {
        ...axis(text.x),
        type: 'linear',
        min: range.xLow,
        max: range.xHigh,
        ticks: {
          color: colours.text,
          includeBounds: false,
          maxRotation: 0,
          ...(range.wholeX === true ? { precision: 0 } : {}),
          callback: (value) =>
            range.wholeX === true && !Number.isInteger(Number(value)) ? '' : tick(Number(value)),
        },
      },
      y: {
        ...axis(text.y),
        type: 'linear',
        min: range.low,
        max: range.high,
        ticks: {
          color: colours.text,
          includeBounds: false,
          maxTicksLimit: 7,
          callback: (value) => tick(Number(value)),
        },
      },
    },
    plugins: { tooltip: { displayColors: false, callbacks: { label: tell } } },
  }
}
