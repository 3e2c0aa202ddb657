import type { Chart, ChartConfiguration } from 'chart.js'
import { createEffect, createSignal, onCleanup, onMount } from 'solid-js'
import { currentColours, type Colours } from './colours.ts'

/** Draws a chart; the library is loaded when the first chart is shown. */
export function ChartCanvas(props: {
  /** What the chart shows, in a sentence. */
  label: string
  configure: (colours: Colours) => ChartConfiguration<'scatter'>
}) {
  let canvas: HTMLCanvasElement | undefined
  let drawn: Chart<'scatter'> | undefined
  const [library, setLibrary] = createSignal<typeof Chart | null>(null)
  const [colours, setColours] = createSignal(currentColours())

  onMount(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const repaint = () => setColours(currentColours())
    dark.addEventListener('change', repaint)
    onCleanup(() => dark.removeEventListener('change', repaint))
    void import('./chart-library.ts').then((loaded) => setLibrary(() => loaded.Chart))
  })
  onCleanup(() => drawn?.destroy())
  createEffect(() => {
    const Library = library()
    if (Library === null || canvas === undefined) return
    const configuration = props.configure(colours())
    if (drawn === undefined) {
      drawn = new Library<'scatter'>(canvas, configuration)
      return
    }
    drawn.data = configuration.data
    if (configuration.options !== undefined) drawn.options = configuration.options
    drawn.update('none')
  })

  return (
    <div class="chart-box">
      <canvas ref={(element) => (canvas = element)} role="img" aria-label={props.label} />
    </div>
  )
}
