import type { Chart, ChartConfiguration } from 'chart.js'
import { createEffect, createSignal, onCleanup, onMount } from 'solid-js'
import { inTurn } from '../state/in-turn.ts'
import { watchView } from '../state/near-view.ts'
import { currentColours, type Colours } from './colours.ts'

/** Loaded when the first chart is to be drawn. */
const [library, setLibrary] = createSignal<typeof Chart | null>(null)

function loadLibrary(): void {
  void import('./chart-library.ts').then((loaded) => setLibrary(() => loaded.Chart))
}

/** Draws a chart once it comes near the window, or is to be printed, and in a task of its own. */
export function ChartCanvas(props: {
  /** What the chart shows, in a sentence. */
  label: string
  configure: (colours: Colours) => ChartConfiguration<'scatter'>
}) {
  let canvas: HTMLCanvasElement | undefined
  let drawn: Chart<'scatter'> | undefined
  const [near, setNear] = createSignal(false)
  const [due, setDue] = createSignal(false)
  const [colours, setColours] = createSignal(currentColours())

  onMount(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const repaint = () => setColours(currentColours())
    const print = () => {
      setNear(true)
      setDue(true)
    }
    dark.addEventListener('change', repaint)
    window.addEventListener('beforeprint', print)
    const endWatch = canvas && watchView(canvas, (seen) => seen && setNear(true))
    onCleanup(() => {
      dark.removeEventListener('change', repaint)
      window.removeEventListener('beforeprint', print)
      endWatch?.()
    })
  })
  onCleanup(() => drawn?.destroy())
  createEffect(() => {
    if (!near()) return
    if (library() === null) loadLibrary()
    else if (!due()) onCleanup(inTurn(() => setDue(true)))
  })
  createEffect(() => {
    const Library = library()
    if (Library === null || canvas === undefined || !due()) return
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
