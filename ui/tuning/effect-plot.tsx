import { For, Show } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { figure, percent, tick } from '../../domain/figures.ts'

type Effect = Schemas['Insight']['parameters'][number]['effect']

const WIDTH = 240
const HEIGHT = 96
const FLOOR = 78

/** What the objective does along a parameter: the mean as a line in its interval, likely failures beneath it. */
export function EffectPlot(props: { parameter: string; effect: Effect; low: number; high: number }) {
  const x = (index: number) => 8 + (index / Math.max(1, props.effect.length - 1)) * (WIDTH - 16)
  const y = (value: number) =>
    FLOOR -
    ((Math.min(Math.max(value, props.low), props.high) - props.low) / (props.high - props.low || 1)) *
      (FLOOR - 6)
  const band = () =>
    [
      ...props.effect.map(({ high }, index) => `${x(index)},${y(high)}`),
      ...props.effect.map(({ low }, index) => `${x(index)},${y(low)}`).toReversed(),
    ].join(' ')
  const line = () => props.effect.map(({ mean }, index) => `${x(index)},${y(mean)}`).join(' ')
  const risky = () => props.effect.flatMap(({ failure }, index) => (failure >= 0.5 ? [index] : []))
  const label = () =>
    `${props.parameter}: ${props.effect
      .map(({ value, mean, failure }) => `${value} ${figure(mean)}, fails ${percent(failure)}`)
      .join('; ')}`

  return (
    <svg class="effect" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label()}>
      <line class="effect-floor" x1="0" x2={WIDTH} y1={FLOOR} y2={FLOOR} />
      <polygon class="effect-band" points={band()} />
      <polyline class="effect-line" points={line()} />
      <For each={risky()}>
        {(index) => (
          <text class="effect-risk" x={x(index)} y={FLOOR - 3} text-anchor="middle">
            ✕
          </text>
        )}
      </For>
      <Show when={props.effect[0]}>
        {(first) => (
          <text x="0" y={HEIGHT - 4}>
            {shown(first().value)}
          </text>
        )}
      </Show>
      <Show when={props.effect.at(-1)}>
        {(last) => (
          <text x={WIDTH} y={HEIGHT - 4} text-anchor="end">
            {shown(last().value)}
          </text>
        )}
      </Show>
    </svg>
  )
}

function shown(value: string | number | boolean): string {
  return typeof value === 'number' ? tick(value) : String(value)
}
