import { useNavigate } from '@solidjs/router'
import { createMemo, For, Show } from 'solid-js'
import { formatDuration } from '../../domain/duration.ts'
import type { TuningState } from '../state/tuning-state.ts'
import { moment } from '../words/times.ts'
import { timelineRows, type BarKind, type TimelineRow } from './timeline-bars.ts'

const WIDTH = 1000
const KINDS: { kind: BarKind; text: string }[] = [
  { kind: 'baseline', text: 'baseline' },
  { kind: 'search', text: 'meets every limit' },
  { kind: 'infeasible', text: 'breaks a limit, or cut short' },
  { kind: 'failed', text: 'failed or stopped' },
  { kind: 'confirmation', text: 'confirmation' },
  { kind: 'running', text: 'runs now' },
]

/** Which device held which experiment when: gaps are idle time. */
export function TimelineSection(props: { state: TuningState; now: number }) {
  const navigate = useNavigate()
  const runs = () => props.state.experiments.some(({ state }) => state === 'running')
  const rows = createMemo(() => timelineRows(props.state.experiments, runs() ? props.now : 0))
  const bars = createMemo(() => rows().flatMap((row) => row.bars))
  const from = createMemo(() => Math.min(...bars().map(({ fromMs }) => fromMs)))
  const to = createMemo(() => Math.max(...bars().map(({ toMs }) => toMs), from() + 1))
  const x = (ms: number) => ((ms - from()) / (to() - from())) * WIDTH
  /** One path for all bars of a kind: a thousand experiments are as many elements as ten. */
  const path = (row: TimelineRow, kind: BarKind) =>
    row.bars
      .filter((bar) => bar.kind === kind)
      .map(
        ({ fromMs, toMs }) =>
          `M${x(fromMs).toFixed(1)} 2h${Math.max(1, x(toMs) - x(fromMs) - 1).toFixed(1)}v16h-${Math.max(1, x(toMs) - x(fromMs) - 1).toFixed(1)}z`,
      )
      .join('')
  const at = (row: TimelineRow, event: MouseEvent & { currentTarget: SVGSVGElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const ms = from() + ((event.clientX - left) / width) * (to() - from())
    return row.bars.find(({ fromMs, toMs }) => ms >= fromMs && ms <= toMs)
  }

  return (
    <Show when={bars().length > 0}>
      <section class="panel" aria-labelledby="timeline">
        <h2 id="timeline">Devices over time</h2>
        <ul class="timeline">
          <For each={rows()}>
            {(row) => (
              <li>
                <span class="timeline-name">{row.device}</span>
                <svg
                  viewBox={`0 0 ${WIDTH} 20`}
                  preserveAspectRatio="none"
                  role="img"
                  aria-label={`${row.device}: ${row.bars.length} experiments, busy ${formatDuration(row.bars.reduce((sum, bar) => sum + bar.toMs - bar.fromMs, 0))} of ${formatDuration(to() - from())}`}
                  onClick={(event) => {
                    const bar = at(row, event)
                    if (bar !== undefined)
                      navigate(`/tunings/${props.state.tuning.id}/experiments/${bar.number}`)
                  }}
                  onMouseMove={(event) => {
                    const bar = at(row, event)
                    const title = event.currentTarget.querySelector('title')
                    if (title !== null)
                      title.textContent =
                        bar === undefined
                          ? 'idle'
                          : `experiment ${bar.number}, ${formatDuration(bar.toMs - bar.fromMs)}`
                  }}
                >
                  <title />
                  <For each={KINDS}>
                    {({ kind }) => <path class={`timeline-${kind}`} d={path(row, kind)} />}
                  </For>
                </svg>
              </li>
            )}
          </For>
        </ul>
        <p class="sub timeline-ends">
          <span>{moment(new Date(from()).toISOString(), props.now)}</span>
          <span>{moment(new Date(to()).toISOString(), props.now)}</span>
        </p>
        <ul class="legend">
          <For each={KINDS.filter(({ kind }) => bars().some((bar) => bar.kind === kind))}>
            {({ kind, text }) => (
              <li>
                <svg class="timeline-key" viewBox="0 0 10 10" aria-hidden="true">
                  <path class={`timeline-${kind}`} d="M0 0h10v10h-10z" />
                </svg>{' '}
                {text}
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  )
}
