import { createResource, createSignal, For, Match, Show, Switch } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { counted, figure, percent } from '../../domain/figures.ts'
import { gainChange, gainInterval } from '../../domain/gain-words.ts'
import { constraintText, metricLabel, metricUnit } from '../../domain/metric-words.ts'
import { ConfigurationChips } from '../parts/configuration-chips.tsx'
import { Retry } from '../parts/retry.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { answer, api } from '../state/api.ts'
import { failure, settled } from '../state/settled.ts'
import { allSettings } from '../words/configuration-words.ts'
import { EffectPlot } from './effect-plot.tsx'

type Insight = Schemas['Insight']

/** How many parameters are drawn: the most important ones. */
const SHOWN = 8

/** What each parameter did and what looser limits would buy; computed when somebody asks. */
export function InsightSection(props: { tuningId: string; experiments: number }) {
  const [asked, setAsked] = createSignal<string | null>(null)
  const [insight, { refetch }] = createResource(asked, (id) =>
    answer(api.GET('/api/v1/tunings/{id}/insight', { params: { path: { id } } })),
  )

  return (
    <section class="panel insight" aria-labelledby="insight">
      <div class="page-head">
        <h2 id="insight">What the parameters do</h2>
        <Show when={settled(insight)}>
          {(known) => (
            <span class="push row tight">
              <span class="quiet">
                from {known().experiments.measured} measured, {known().experiments.failed} failed
              </span>
              <button type="button" class="small" onClick={() => void refetch()}>
                Compute anew
              </button>
            </span>
          )}
        </Show>
      </div>
      <Switch
        fallback={
          <div class="row">
            <button type="button" class="small" onClick={() => setAsked(props.tuningId)}>
              Compute importance and effects
            </button>
            <span class="quiet">
              A model of {counted(props.experiments, 'experiment')}: takes the server some seconds.
            </span>
          </div>
        }
      >
        <Match when={insight.state === 'errored'}>
          <Retry error={failure(insight)} retry={() => void refetch()} />
        </Match>
        <Match when={settled(insight)}>{(known) => <LoadedInsight insight={known()} />}</Match>
        <Match when={insight.loading}>
          <Skeleton lines={5} />
        </Match>
      </Switch>
    </section>
  )
}

function LoadedInsight(props: { insight: Insight }) {
  const shown = () => props.insight.parameters.slice(0, SHOWN)
  const means = () => shown().flatMap(({ effect }) => effect.map(({ mean }) => mean))
  const room = () => (Math.max(...means()) - Math.min(...means())) * 0.3 || 1
  const low = () => Math.max(0, Math.min(...means()) - room())
  const high = () => Math.max(...means()) + room()
  const offers = () => props.insight.limits.filter(({ relaxed }) => relaxed.length > 0)

  return (
    <>
      <p class="sub">
        Share of the differences in {metricLabel(props.insight.objective.metric)} that each parameter explains
        by itself, and what is expected along it ({figure(low())} to {figure(high())}{' '}
        {metricUnit(props.insight.objective.metric)}) with its 90 % interval; ✕ where half of the
        configurations or more would fail.
      </p>
      <ul class="effects">
        <For each={shown()}>
          {(parameter) => (
            <li>
              <div class="effect-head">
                <b>{parameter.parameter}</b>
                <span
                  class="push"
                  title={`90 % interval ${percent(parameter.importance.low)} to ${percent(parameter.importance.high)}; with interactions ${percent(parameter.total)}`}
                >
                  {percent(parameter.importance.share)}
                </span>
              </div>
              <div class="bar" aria-hidden="true">
                <div
                  class="bar-done"
                  style={{ width: percent(parameter.importance.share).replace(' ', '') }}
                />
              </div>
              <EffectPlot
                parameter={parameter.parameter}
                effect={parameter.effect}
                low={low()}
                high={high()}
              />
              <Show when={parameter.best !== null}>
                <span class="sub">best: {String(parameter.best)}</span>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={offers().length > 0}>
        <h3>What looser limits would buy, as the model expects</h3>
        <For each={offers()}>
          {({ constraint, relaxed }) => (
            <table class="plain">
              <caption class="sub">in place of {constraintText(constraint)}</caption>
              <thead>
                <tr>
                  <th scope="col">Limit</th>
                  <th scope="col" class="number">
                    {metricLabel(props.insight.objective.metric)}
                  </th>
                  <th scope="col">with</th>
                </tr>
              </thead>
              <tbody>
                <For each={relaxed}>
                  {(offer) => (
                    <tr>
                      <th scope="row">{offer.limit === null ? 'none' : figure(offer.limit)}</th>
                      <td class="number">
                        {gainChange(offer.ratio, props.insight.objective.higherIsBetter)}{' '}
                        <span class="sub">
                          {gainInterval(offer.low, offer.high, props.insight.objective.higherIsBetter).join(
                            ' to ',
                          )}
                        </span>
                      </td>
                      <td>
                        <ConfigurationChips
                          settings={allSettings(offer.configuration, offer.configuration)}
                          none="the engine's defaults"
                        />
                      </td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
          )}
        </For>
      </Show>
    </>
  )
}
