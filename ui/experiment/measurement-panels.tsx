import { For, Show } from 'solid-js'
import type { Experiment } from '../../client/client.ts'
import { cutShortText } from '../../domain/cut-short.ts'
import { count, figure, percent } from '../../domain/figures.ts'
import { constraintText, metricUnit } from '../../domain/metric-words.ts'
import { formatDuration } from '../../domain/duration.ts'
import { picturesOf } from '../../domain/measurement-pictures.ts'
import { Later } from '../parts/later.tsx'
import { MetricsTable } from './metrics-table.tsx'
import { MeasurementChart } from './measurement-chart.tsx'

type Measured = Extract<Experiment['result'], { status: 'measured' }>

/** What was measured: limits, throughput over time, outcomes, every metric. */
export function MeasurementPanels(props: { result: Measured; objective: string }) {
  const measurement = () => props.result.measurement
  const outcomes = () => Object.entries(measurement().outcomes)

  return (
    <>
      <Show when={measurement().cutShort}>
        {(cut) => (
          <p>
            {cutShortText(cut())}. {count(cut().requests)} requests of {formatDuration(cut().ofMs)} had ended
            by then: the figures below are those until then, and count for no comparison.
          </p>
        )}
      </Show>
      <Show when={measurement().warnings.length > 0}>
        <section class="panel warnings" aria-labelledby="warnings">
          <h2 id="warnings">⚠ Why these figures may not be trusted</h2>
          <ul>
            <For each={measurement().warnings}>{(warning) => <li>{warning}</li>}</For>
          </ul>
        </section>
      </Show>
      <div class="columns">
        <section class="panel" aria-labelledby="requests">
          <h2 id="requests">Requests</h2>
          <dl class="facts">
            <dt>requests measured</dt>
            <dd>{count(measurement().requests)}</dd>
            <dt>window</dt>
            <dd>{formatDuration(measurement().windowMs)}</dd>
            <For each={outcomes()}>
              {([outcome, number]) => (
                <>
                  <dt>{outcome === 'ok' ? 'succeeded' : outcome.replaceAll('_', ' ')}</dt>
                  <dd classList={{ bad: outcome !== 'ok' && outcome !== 'cancelled' }}>{count(number)}</dd>
                </>
              )}
            </For>
            <dt>input tokens, mean</dt>
            <dd>{figure(measurement().inputTokensMean)}</dd>
            <dt>output tokens, mean</dt>
            <dd>{figure(measurement().outputTokensMean)}</dd>
            <dt>input from prefix cache</dt>
            <dd>{share(measurement().cachedInputShare)}</dd>
            <dt>tokens counted by</dt>
            <dd>{measurement().tokenSource ?? '–'}</dd>
            <dt>limited by the load generator</dt>
            <dd classList={{ bad: measurement().clientLimited }}>
              {measurement().clientLimited ? 'yes' : 'no'}
            </dd>
          </dl>
        </section>
        <Show when={props.result.constraints.length > 0}>
          <section class="panel" aria-labelledby="limits">
            <h2 id="limits">Limits</h2>
            <ul class="limits">
              <For each={props.result.constraints}>
                {(check) => (
                  <li>
                    <span class={check.holds ? 'good' : 'bad'}>{check.holds ? '✓ holds' : '✕ broken'}</span>{' '}
                    <b title={check.constraint}>{constraintText(check.constraint)}</b>: {figure(check.value)}{' '}
                    {metricUnit(check.metric)}
                  </li>
                )}
              </For>
            </ul>
          </section>
        </Show>
        <For each={picturesOf(measurement())}>
          {(picture) => (
            <Later>
              <MeasurementChart picture={picture} />
            </Later>
          )}
        </For>
      </div>
      <Later>
        <MetricsTable
          metrics={measurement().metrics}
          withFailures={measurement().metricsWithFailures}
          objective={props.objective}
        />
      </Later>
    </>
  )
}

function share(value: number | null): string {
  return value === null ? '–' : percent(value)
}
