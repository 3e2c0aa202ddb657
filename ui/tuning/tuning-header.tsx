import { A } from '@solidjs/router'
import { Show } from 'solid-js'
import { formatDuration } from '../../domain/duration.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { expectedRuns } from '../../domain/tuning.ts'
import { ConnectionPill } from '../parts/connection-pill.tsx'
import { ProgressBar } from '../parts/progress-bar.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import type { Connection } from '../state/connection.ts'
import { progressShare, remainingMs, type TuningState } from '../state/tuning-state.ts'
import { may, projectChoice } from '../state/session.ts'
import { count, percent } from '../../domain/figures.ts'
import { moment, span } from '../words/times.ts'
import { TuningActions } from './tuning-actions.tsx'

/** The name of a tuning, its state, how far it is, and what can be done with it. */
export function TuningHeader(props: {
  state: TuningState
  connection: Connection
  now: number
  /** Hears of an action on a finished tuning: its events go on. */
  onReopened: () => void
}) {
  const tuning = () => props.state.tuning
  const remaining = () => remainingMs(props.state)
  const finished = () => isFinished(tuning().state)
  const runs = () => tuning().experiments.completed + tuning().experiments.failed

  return (
    <section class="tuning-head" aria-label="Progress">
      <div class="page-head">
        <h1>{tuning().name}</h1>
        <StateBadge state={tuning().state} detail={finished() ? undefined : tuning().phase} />
        <ConnectionPill connection={props.connection} now={props.now} />
        <span class="push row tight">
          <Show when={tuning().temporalUrl}>
            {(url) => (
              <a class="button small" href={url()} target="_blank" rel="noreferrer">
                Temporal ↗
              </a>
            )}
          </Show>
          <Show when={may('operator')}>
            <A class="button small" href={`/new?from=${tuning().id}`}>
              Use as template
            </A>
          </Show>
          <Show when={finished()}>
            <A class="button small" href={`/compare?tunings=${tuning().id}`}>
              Compare…
            </A>
            <Show when={may('operator')}>
              <A class="button small" href={`/schedules/new?from=${tuning().id}`}>
                Repeat…
              </A>
            </Show>
          </Show>
        </span>
      </div>
      <p class="sub">
        {tuning().engine} · {tuning().model} · <code>{tuning().id}</code>
        <Show when={projectChoice().length > 0}> · project {tuning().project}</Show>
        <Show when={tuning().owner}>{(owner) => <> · started by {owner()}</>}</Show>
      </p>
      <Show when={tuning().state === 'failed' && tuning().message}>
        {(message) => <p class="problem">{message()}</p>}
      </Show>
      <div class="progress-line">
        <ProgressBar
          share={progressShare(tuning())}
          failedShare={tuning().experiments.failed / expectedRuns(tuning().spec)}
          label="Progress"
        />
        <span class="figures">
          <b>{percent(progressShare(tuning()))}</b> ·{' '}
          {finished() ? count(runs()) : `${runs()} of ${expectedRuns(tuning().spec)}`} runs ·{' '}
          {span(tuning().startedAt, tuning().finishedAt, props.now)}
          <Show when={remaining()}>
            {(ms) => (
              <>
                {' '}
                elapsed · about {formatDuration(ms())} left, until{' '}
                {moment(new Date(props.now + ms()).toISOString(), props.now)}
              </>
            )}
          </Show>
        </span>
        <TuningActions state={props.state} onActed={props.onReopened} />
      </div>
    </section>
  )
}
