import { A } from '@solidjs/router'
import { For, Show, type JSX } from 'solid-js'
import type { Report } from '../../client/client.ts'
import { formatDuration } from '../../domain/duration.ts'
import { metricsBeside } from '../../domain/metric.ts'
import { Later } from '../parts/later.tsx'
import { MetricName } from '../parts/metric-name.tsx'
import { apiPath } from '../state/api.ts'
import { counted, factor, figure } from '../../domain/figures.ts'
import { gainChange, NOT_JUDGED } from '../../domain/gain-words.ts'
import { constraintText, metricLabel, metricUnit, worstText } from '../../domain/metric-words.ts'

/** The outcome of a tuning with its evidence. */
export function ReportSection(props: {
  report: Report
  /** Nothing was started for it. */
  runsAlready: boolean
  children?: JSX.Element
}) {
  return (
    <section class="panel report" aria-labelledby="report">
      <h2 id="report">Report</h2>
      <p class={`headline verdict-${props.report.verdict}`}>{props.report.headline}</p>
      <Show when={props.report.gain}>
        {(gain) => <Interval gain={gain()} higherIsBetter={props.report.objective.higherIsBetter} />}
      </Show>
      <Later>
        <div class="report-parts">
          <Show when={props.report.confirmation.length > 0}>
            <ConfirmationPairs report={props.report} runsAlready={props.runsAlready} />
          </Show>
          <Show when={props.report.finalists.length > 1}>
            <Finalists report={props.report} />
          </Show>
          <Show when={props.report.best?.metrics}>
            <Comparison report={props.report} />
          </Show>
          <Show when={props.report.best !== null && props.report.best.constraints.length > 0}>
            <Limits report={props.report} />
          </Show>
        </div>
        <p class="sub">
          {counted(props.report.experiments.total, 'experiment')} ({props.report.experiments.completed}{' '}
          measured,{' '}
          {props.report.experiments.cutShort > 0
            ? `${props.report.experiments.cutShort} of them cut short, `
            : ''}
          {props.report.experiments.failed} failed)
          {props.report.experiments.spaceSize === null
            ? ''
            : ` of a space of ${counted(props.report.experiments.spaceSize, 'configuration')}`}
          , in {formatDuration(props.report.durationMs)}.
        </p>
        {props.children}
      </Later>
    </section>
  )
}

function Interval(props: { gain: NonNullable<Report['gain']>; higherIsBetter: boolean }) {
  return (
    <p class="figures">
      Gain <b>{factor(props.gain.ratio, 3)}</b> ({gainChange(props.gain.ratio, props.higherIsBetter)})
      <Show when={props.gain.low !== null && props.gain.high !== null}>
        , {props.gain.confidence * 100} % interval {factor(props.gain.low ?? 0, 3)} to{' '}
        {factor(props.gain.high ?? 0, 3)}
      </Show>
      , from {counted(props.gain.pairs, 'confirmation pair')}
    </p>
  )
}

function ConfirmationPairs(props: { report: Report; runsAlready: boolean }) {
  const top = () =>
    Math.max(...props.report.confirmation.flatMap(({ best, baseline }) => [best ?? 0, baseline ?? 0])) || 1
  return (
    <div>
      <h3>Confirmation</h3>
      <p class="sub">
        {metricLabel(props.report.objective.metric)}, {props.runsAlready ? '' : 'fresh starts, '}in turn
        {props.report.objective.higherIsBetter ? '' : '; less is better'}
      </p>
      <For each={props.report.confirmation}>
        {(pair) => (
          <div class="pair">
            <span class="pair-name">pair {pair.pair + 1}</span>
            <PairBar name="baseline" value={pair.baseline} top={top()} kind="baseline" />
            <PairBar name="best" value={pair.best} top={top()} kind="best" />
            <Show when={pair.missing}>{(why) => <p class="sub">{why()}</p>}</Show>
          </div>
        )}
      </For>
    </div>
  )
}

function PairBar(props: { name: string; value: number | null; top: number; kind: 'baseline' | 'best' }) {
  return (
    <div class="pair-row">
      <span>{props.name}</span>
      <div class="pair-track" aria-hidden="true">
        <div
          class={`pair-bar ${props.kind}`}
          style={{ width: `${((props.value ?? 0) / props.top) * 100}%` }}
        />
      </div>
      <span class="number">{figure(props.value)}</span>
    </div>
  )
}

function Finalists(props: { report: Report }) {
  return (
    <div>
      <h3>Finalists</h3>
      <p class="sub">The largest gain wins; of those within 2 % of it, the one that changes least.</p>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Experiment</th>
            <th scope="col" class="number">
              Gain
            </th>
            <th scope="col">Limits</th>
            <th scope="col" class="number">
              Changes
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={props.report.finalists}>
            {({ number, gain, feasible, changes }) => (
              <tr>
                <th scope="row">
                  {number}
                  {number === props.report.best?.number ? ', chosen' : ''}
                </th>
                <td class="number">{gain === null ? '–' : factor(gain.ratio, 3)}</td>
                <td>{feasible ? '✓ held' : '✕ not always'}</td>
                <td class="number">{changes}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  )
}

function Comparison(props: { report: Report }) {
  const different = () => props.report.best?.number !== props.report.baseline?.number
  return (
    <div>
      <h3>In the search</h3>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="number">
              Baseline
              <Show when={props.report.baseline?.clientLimited}>
                <span class="sub">{NOT_JUDGED}</span>
              </Show>
            </th>
            <Show when={different()}>
              <th scope="col" class="number">
                Best (experiment {props.report.best?.number})
              </th>
            </Show>
          </tr>
        </thead>
        <tbody>
          <For each={metricsBeside(props.report.objective.metric, props.report.best, props.report.baseline)}>
            {(name) => (
              <tr>
                <th scope="row">
                  <MetricName name={name} />
                </th>
                <td class="number">
                  {figure(props.report.baseline?.metrics?.[name])}{' '}
                  <span class="unit">{metricUnit(name)}</span>
                </td>
                <Show when={different()}>
                  <td class="number">
                    {figure(props.report.best?.metrics?.[name])} <span class="unit">{metricUnit(name)}</span>
                  </td>
                </Show>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  )
}

function Limits(props: { report: Report }) {
  const confirmed = (constraint: string) =>
    props.report.constraintsInConfirmation.find((one) => one.constraint === constraint)
  const holds = (check: { constraint: string; holds: boolean }) => {
    const runs = confirmed(check.constraint)
    return check.holds && (runs === undefined || runs.held === runs.runs)
  }
  return (
    <div>
      <h3>Limits of the best</h3>
      <ul class="limits">
        <For each={props.report.best?.constraints}>
          {(check) => (
            <li>
              <span class={holds(check) ? 'good' : 'bad'}>{holds(check) ? '✓ holds' : '✕ broken'}</span>{' '}
              <b title={check.constraint}>{constraintText(check.constraint)}</b>
              <span class="sub">
                measured {figure(check.value)} {metricUnit(check.metric)}
                <Show when={confirmed(check.constraint)}>
                  {(runs) => (
                    <Show when={runs().runs > 0}>
                      ; confirmed in {runs().held} of {runs().runs} runs, worst {worstText(runs().worst)}{' '}
                      {runs().worst === null ? '' : metricUnit(check.metric)}
                    </Show>
                  )}
                </Show>
              </span>
            </li>
          )}
        </For>
      </ul>
    </div>
  )
}

/** Where more of a report is. */
export function ReportLinks(props: { report: Report }) {
  const path = (...parts: (string | number)[]) => apiPath('tunings', props.report.tuningId, ...parts)
  return (
    <p class="exports no-print">
      <A href={`/tunings/${props.report.tuningId}/report`}>
        Report to send on{props.report.command === null ? '' : ', with what to deploy'}
      </A>
      <Show when={props.report.best}>
        {(best) => (
          <>
            {' · '}
            <a href={path('experiments', best().number, 'requests')} target="_self">
              request records of the best
            </a>
            {' · '}
            <A href={`/tunings/${props.report.tuningId}/experiments/${best().number}`}>its experiment</A>
          </>
        )}
      </Show>
    </p>
  )
}
