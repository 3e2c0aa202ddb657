import { A } from '@solidjs/router'
import { createMemo, createResource, For, Show, type ParentProps } from 'solid-js'
import { runsAlready } from '../../domain/runtime.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { CommandLine } from '../parts/command-line.tsx'
import { ConfigurationChips } from '../parts/configuration-chips.tsx'
import { MetricName } from '../parts/metric-name.tsx'
import { api, isNotYet, answer } from '../state/api.ts'
import type { Connection } from '../state/connection.ts'
import { settled } from '../state/settled.ts'
import type { TuningState } from '../state/tuning-state.ts'
import { allSettings, differences } from '../words/configuration-words.ts'
import { factor, figure, gainOver } from '../../domain/figures.ts'
import { gainChange, gainEvidence } from '../../domain/gain-words.ts'
import { constraintText, metricUnit } from '../../domain/metric-words.ts'
import { ago } from '../words/times.ts'

/** The questions of a tuning, answered: alive, best, gain, SLO, failures, settings, command. */
export function Answers(props: { state: TuningState; now: number; connection: Connection }) {
  const tuning = () => props.state.tuning
  const objective = () => objectiveMetric(tuning().spec.objective)
  const bestNumber = () => props.state.report?.best?.number ?? tuning().best?.number ?? null
  const none = () => (isFinished(tuning().state) ? 'none' : 'none yet')
  const best = createMemo(() => props.state.experiments.find(({ number }) => number === bestNumber()) ?? null)
  /** Nothing met every limit: the report names what comes closest. */
  const closest = () => props.state.report?.best?.feasible === false
  const bestTitle = () => {
    if (closest()) return 'Closest to the limits'
    return isFinished(tuning().state) ? 'Best' : 'Best so far'
  }
  const bestValue = () => best()?.objective ?? props.state.report?.best?.metrics?.[objective().metric]
  const baseline = createMemo(() => props.state.experiments.find(({ kind }) => kind === 'baseline') ?? null)
  const gain = () => {
    const measured = gainOver(tuning().baselineObjective, bestValue(), objective().higherIsBetter)
    return props.state.report?.gain?.ratio ?? measured
  }
  const certainty = () => {
    const { gain: confirmed, confirmation = [] } = props.state.report ?? {}
    if (confirmed != null) return gainEvidence(confirmed)
    return confirmation.length === 0
      ? 'one run each, not confirmed yet'
      : 'one run each: in the confirmation no ratio could be told'
  }
  const failures = createMemo(() => props.state.experiments.filter(({ state }) => state === 'failed'))
  const newestFailure = () => failures().at(-1) ?? null
  const diagnosis = () => {
    const result = newestFailure()?.result
    return result?.status === 'failed' ? result.diagnosis : null
  }
  const checks = () => {
    const result = best()?.result
    return result?.status === 'measured' ? result.constraints : []
  }
  /** Limits that held in the search are judged by the runs of the confirmation too, once it is over. */
  const broken = () => {
    if (!checks().every(({ holds }) => holds)) return '✕ broken'
    return props.state.report?.constraintsHold === false ? '✕ broken in confirmation' : null
  }
  const aliveText = () => {
    if (isFinished(tuning().state)) return tuning().message ?? tuning().state
    if (['lost', 'signed-out'].includes(props.connection.state)) return 'unknown: no connection'
    const running = props.state.experiments.filter(({ state }) => state === 'running')
    if (running.length === 0) return tuning().state
    return running.map(({ number, stage }) => `experiment ${number} ${stage}`).join(', ')
  }

  const [command] = createResource(
    () => (props.state.report?.command == null && !runsAlready(tuning().spec) ? tuning().best?.number : null),
    () => readCommand(tuning().id),
  )
  const shownCommand = () => props.state.report?.command ?? settled(command) ?? null

  return (
    <section class="answers" classList={{ finished: isFinished(tuning().state) }} aria-label="Answers">
      <Answer question={isFinished(tuning().state) ? 'Outcome' : 'Now'} wide={isFinished(tuning().state)}>
        <p class="answer-main text">{aliveText()}</p>
        <Show when={!isFinished(tuning().state)}>
          <p class="sub">
            {props.state.lastEventAt === null
              ? '\u00a0'
              : `last event ${ago(props.state.lastEventAt, props.now)}`}
          </p>
        </Show>
      </Answer>
      <Answer question={bestTitle()}>
        <Show when={best()} fallback={<p class="answer-main quiet">{none()}</p>}>
          {(experiment) => (
            <>
              <p class="answer-main">
                {figure(bestValue())} <span class="unit">{metricUnit(objective().metric)}</span>
              </p>
              <p class="sub">
                <MetricName name={objective().metric} /> in{' '}
                <A href={`/tunings/${tuning().id}/experiments/${experiment().number}`}>
                  experiment {experiment().number}
                </A>
                {experiment().kind === 'baseline' ? ', the baseline' : ''}
              </p>
            </>
          )}
        </Show>
      </Answer>
      <Answer question="Over the baseline">
        <Show
          when={best()?.kind !== 'baseline' && gain()}
          fallback={<p class="answer-main quiet">{best()?.kind === 'baseline' ? 'is the baseline' : '–'}</p>}
        >
          {(ratio) => (
            <>
              <p class="answer-main">
                {factor(ratio())} <span class="unit">{gainChange(ratio(), objective().higherIsBetter)}</span>
              </p>
              <p class="sub">{certainty()}</p>
            </>
          )}
        </Show>
      </Answer>
      <Answer question="SLO">
        <Show
          when={checks().length > 0}
          fallback={
            <p class="answer-main quiet">
              {(tuning().spec.constraints ?? []).length === 0
                ? 'no limits set'
                : isFinished(tuning().state)
                  ? 'not judged'
                  : 'not judged yet'}
            </p>
          }
        >
          <p class="answer-main" classList={{ good: broken() === null, bad: broken() !== null }}>
            {broken() ?? '✓ met'}
          </p>
          <For each={checks()}>
            {(check) => (
              <p class="sub">
                {constraintText(check.constraint)}: {figure(check.value)}
              </p>
            )}
          </For>
        </Show>
      </Answer>
      <Answer question="Failed">
        <p class="answer-main" classList={{ bad: failures().length > 0, quiet: failures().length === 0 }}>
          {failures().length === 0 ? 'none' : `✕ ${failures().length}`}
        </p>
        <Show when={newestFailure()}>
          {(failure) => (
            <p class="sub">
              <A href={`/tunings/${tuning().id}/experiments/${failure().number}`}>
                experiment {failure().number}
              </A>
              {diagnosis() === null ? '' : `: ${diagnosis()?.summary}`}
            </p>
          )}
        </Show>
        <Show when={diagnosis()?.evidence}>{(line) => <p class="evidence">{line()}</p>}</Show>
      </Answer>
      <Answer question={closest() ? 'Settings of the closest' : 'Settings of the best'} wide>
        <Show when={best()} fallback={<span class="quiet">{none()}</span>}>
          {(experiment) => (
            <ConfigurationChips
              settings={
                experiment().kind === 'baseline'
                  ? allSettings(experiment().configuration, experiment().configuration)
                  : differences(experiment().configuration, baseline()?.configuration ?? {})
              }
              none="the engine's defaults"
            />
          )}
        </Show>
      </Answer>
      <Answer question={closest() ? 'Command line of the closest' : 'To deploy'} wide>
        <Show
          when={shownCommand()}
          fallback={
            <span class="quiet">
              {runsAlready(tuning().spec)
                ? 'nothing: the endpoint runs already'
                : 'when a configuration meets every limit'}
            </span>
          }
        >
          {(text) => <CommandLine command={text().trim()} label="command line of the best configuration" />}
        </Show>
      </Answer>
    </section>
  )
}

function Answer(props: ParentProps<{ question: string; wide?: boolean }>) {
  return (
    <div class="answer" classList={{ wide: props.wide === true }}>
      <h2>{props.question}</h2>
      {props.children}
    </div>
  )
}

async function readCommand(id: string): Promise<string | null> {
  try {
    return await answer(
      api.GET('/api/v1/tunings/{id}/best', {
        params: { path: { id }, query: { format: 'command' } },
        parseAs: 'text',
      }),
    )
  } catch (error) {
    if (isNotYet(error)) return null
    throw error
  }
}
