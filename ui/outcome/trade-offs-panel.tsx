import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import { figure } from '../../domain/figures.ts'
import { gainChange } from '../../domain/gain-words.ts'
import { metricLabel, metricUnit } from '../../domain/metric-words.ts'
import { tradeOffs } from '../../domain/trade-offs.ts'
import type { Report } from '../../client/client.ts'
import type { TuningState } from '../state/tuning-state.ts'

/** What relaxing a limit would buy. */
export function TradeOffsPanel(props: { report: Report; experiments: TuningState['experiments'] }) {
  const offers = () => tradeOffs(props.report, props.experiments)
  return (
    <section class="panel" aria-labelledby="trade-offs">
      <h2 id="trade-offs">What relaxing a limit would buy</h2>
      <Show
        when={offers().length > 0}
        fallback={
          <p class="quiet">
            {props.report.constraintsInConfirmation.length === 0
              ? 'No limits were set.'
              : 'Nothing that was tried beyond one limit alone is better than the best.'}
          </p>
        }
      >
        <ul class="limits">
          <For each={offers()}>
            {(offer) => (
              <li>
                <b>
                  {figure(Math.abs(offer.needed - offer.limit))} {metricUnit(offer.metric)}{' '}
                  {offer.needed > offer.limit ? 'more' : 'less'} {metricLabel(offer.metric)}
                </b>{' '}
                buys <b>{gainChange(offer.ratio, props.report.objective.higherIsBetter)}</b>{' '}
                {metricLabel(props.report.objective.metric)}
                <span class="sub">
                  {figure(offer.needed)} in place of {figure(offer.limit)} {metricUnit(offer.metric)};{' '}
                  <A href={`/tunings/${props.report.tuningId}/experiments/${offer.experiment}`}>
                    experiment {offer.experiment}
                  </A>
                  , measured once
                </span>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  )
}
