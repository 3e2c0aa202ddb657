import { createEffect, createSignal, For, onCleanup, onMount, Show } from 'solid-js'
import type { ExperimentBrief } from '../../client/client.ts'
import { currentColours } from '../charts/colours.ts'
import { brushText, type Brushes, type ParallelAxis } from '../charts/parallel-axes.ts'
import { axisX, drawParallel, placeAt } from '../charts/parallel-drawing.ts'

/** A drag shorter than this share of an axis is a click: it lifts the brush. */
const LEAST_BRUSH = 0.02

/** Every experiment as a line over its settings to its objective; what is dragged on an axis filters the table. */
export function ParallelSection(props: {
  axes: ParallelAxis[]
  experiments: ExperimentBrief[]
  kept: Set<number>
  brushes: Brushes
  brush: (name: string, range: [number, number] | undefined) => void
  clear: () => void
}) {
  let canvas: HTMLCanvasElement | undefined
  const [width, setWidth] = createSignal(0)
  const [colours, setColours] = createSignal(currentColours())
  const [dragged, setDragged] = createSignal<{ axis: ParallelAxis; from: number } | null>(null)
  const HEIGHT = 260

  onMount(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const repaint = () => setColours(currentColours())
    dark.addEventListener('change', repaint)
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0))
    if (canvas !== undefined) observer.observe(canvas)
    onCleanup(() => {
      dark.removeEventListener('change', repaint)
      observer.disconnect()
    })
  })
  createEffect(() => {
    const context = canvas?.getContext('2d')
    if (canvas === undefined || context == null || width() === 0) return
    const density = window.devicePixelRatio
    canvas.width = width() * density
    canvas.height = HEIGHT * density
    context.scale(density, density)
    const { axes, experiments, kept, brushes } = props
    drawParallel(
      context,
      { width: width(), height: HEIGHT },
      { axes, experiments, kept, brushes, colours: colours() },
    )
  })

  const nearest = (offsetX: number) =>
    props.axes
      .map((axis, index) => ({
        axis,
        distance: Math.abs(axisX(index, props.axes.length, width()) - offsetX),
      }))
      .toSorted((a, b) => a.distance - b.distance)[0]
  const brushTo = (at: number) => {
    const drag = dragged()
    if (drag === null) return
    const [low, high] = [Math.min(drag.from, at), Math.max(drag.from, at)]
    props.brush(drag.axis.name, high - low < LEAST_BRUSH ? undefined : [low, high])
  }

  return (
    <section class="panel" aria-labelledby="parallel">
      <h2 id="parallel">Settings and what came of them</h2>
      <p class="sub">Drag along an axis to keep a part of it: the table shows what is kept.</p>
      <canvas
        class="parallel"
        ref={(element) => (canvas = element)}
        role="img"
        aria-label={`${props.experiments.length} experiments over ${props.axes.map(({ label }) => label).join(', ')}; ${props.kept.size} kept`}
        onPointerDown={(event) => {
          const found = nearest(event.offsetX)
          if (found === undefined || found.distance > 30) return
          event.currentTarget.setPointerCapture(event.pointerId)
          setDragged({ axis: found.axis, from: placeAt(event.offsetY, HEIGHT) })
        }}
        onPointerMove={(event) => brushTo(placeAt(event.offsetY, HEIGHT))}
        onPointerUp={(event) => {
          brushTo(placeAt(event.offsetY, HEIGHT))
          setDragged(null)
        }}
      />
      <BrushForm axes={props.axes} brush={props.brush} />
      <ul class="chips">
        <For each={props.axes.filter(({ name }) => props.brushes[name] !== undefined)}>
          {(axis) => (
            <li>
              <button
                type="button"
                class="small"
                aria-label={`Lift the filter of ${axis.label}`}
                onClick={() => props.brush(axis.name, undefined)}
              >
                {brushText(axis, props.brushes[axis.name] ?? [0, 1])} ×
              </button>
            </li>
          )}
        </For>
        <Show when={Object.values(props.brushes).some((range) => range !== undefined)}>
          <li>
            <button type="button" class="small subtle" onClick={() => props.clear()}>
              Show all {props.experiments.length}
            </button>
          </li>
        </Show>
      </ul>
    </section>
  )
}

/** The same as a drag, for a keyboard. */
function BrushForm(props: { axes: ParallelAxis[]; brush: (name: string, range: [number, number]) => void }) {
  const [name, setName] = createSignal('')
  const [from, setFrom] = createSignal(0)
  const [to, setTo] = createSignal(1)
  const axis = () => props.axes.find((one) => one.name === name()) ?? props.axes[0]
  const choose = (text: string) => {
    setName(text)
    setFrom(0)
    setTo(1)
  }
  return (
    <form
      class="row tight"
      onSubmit={(event) => {
        event.preventDefault()
        const chosen = axis()
        if (chosen !== undefined) props.brush(chosen.name, [Math.min(from(), to()), Math.max(from(), to())])
      }}
    >
      <label class="inline">
        <span>Keep</span>
        <select onChange={(event) => choose(event.currentTarget.value)}>
          <For each={props.axes}>{(one) => <option value={one.name}>{one.label}</option>}</For>
        </select>
      </label>
      <End label="from" axis={axis()} at={from()} change={setFrom} />
      <End label="to" axis={axis()} at={to()} change={setTo} />
      <button type="submit" class="small">
        Filter
      </button>
    </form>
  )
}

function End(props: {
  label: string
  axis: ParallelAxis | undefined
  at: number
  change: (at: number) => void
}) {
  return (
    <label class="inline">
      <span>{props.label}</span>
      <select onChange={(event) => props.change(Number(event.currentTarget.value))}>
        <For each={props.axis?.choices}>
          {({ text, at }) => (
            <option value={at} selected={at === props.at}>
              {text}
            </option>
          )}
        </For>
      </select>
    </label>
  )
}
