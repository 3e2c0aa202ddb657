import { A } from '@solidjs/router'
import { Show } from 'solid-js'
import type { Tuning } from '../../client/client.ts'
import { expectedRuns, objectiveMetric } from '../../domain/tuning.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { MetricName } from '../parts/metric-name.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { createAsk } from '../state/ask.ts'
import type { Deletions } from '../state/deletions.ts'
import { may, projectChoice } from '../state/session.ts'
import { cellsImage, outcomesText, stepsPath } from '../state/outcome-cells.ts'
import { progressShare } from '../state/tuning-state.ts'
import { figure } from '../../domain/figures.ts'
import { gainChange } from '../../domain/gain-words.ts'
import { gainSoFar } from '../../domain/outcomes.ts'

/** More cells than this are drawn without lines between them. */
const MOST_APART = 48

/** A tuning in the list: alive, how far, best and gain, failures, age. */
export function TuningRow(props: {
  tuning: Tuning
  now: number
  selected: boolean
  select: () => void
  /** The list shows what was deleted. */
  deleted: boolean
  deletions: Deletions
}) {
  const objective = () => objectiveMetric(props.tuning.spec.objective)
  const counts = () => props.tuning.experiments
  const runs = () => counts().completed + counts().failed
  const gain = () => gainSoFar(props.tuning)
  const standing = () => {
    if (!isFinished(props.tuning.state)) return ''
    if (props.tuning.gain === null) return ', not confirmed'
    return props.tuning.verdict === 'not_settled' ? ', not settled' : ' confirmed'
  }
  const total = () => (isFinished(props.tuning.state) ? runs() : expectedRuns(props.tuning.spec))
  const { busy, error, ask } = createAsk()
  const act = () => (props.deleted ? 'Restore' : 'Delete')
  const change = () => props.deletions[props.deleted ? 'restore' : 'remove']([props.tuning])

  return (
    <tr>
      <Show when={!props.deleted}>
        <td class="select-cell">
          <input
            type="checkbox"
            aria-label={`Select ${props.tuning.name}`}
            checked={props.selected}
            onChange={() => props.select()}
          />
        </td>
      </Show>
      <th scope="row" class="card-title">
        <Show when={!props.deleted} fallback={props.tuning.name}>
          <A href={`/tunings/${props.tuning.id}`}>{props.tuning.name}</A>
        </Show>
        <span class="sub">
          {props.tuning.engine} · {props.tuning.model}
        </span>
      </th>
      <Show when={projectChoice().length > 0}>
        <td data-label="Project">{props.tuning.project}</td>
      </Show>
      <td data-label="State">
        <StateBadge
          state={props.tuning.state}
          detail={isFinished(props.tuning.state) ? undefined : props.tuning.phase}
        />
      </td>
      <td data-label="Progress" class="progress-cell">
        <div
          class="bar cells"
          classList={{ apart: total() <= MOST_APART }}
          role="progressbar"
          aria-label={`Progress of ${props.tuning.name}`}
          aria-valuenow={Math.round(progressShare(props.tuning) * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
          title={outcomesText(props.tuning.outcomes)}
          style={{
            '--cells': total(),
            'background-image': cellsImage(props.tuning.outcomes, total()),
          }}
        />
        <span class="sub">
          {isFinished(props.tuning.state) ? runs() : `${runs()} of ${expectedRuns(props.tuning.spec)}`} runs
        </span>
      </td>
      <td data-label="Best so far" class="number">
        <Show
          when={props.tuning.best}
          fallback={<span class="quiet">{isFinished(props.tuning.state) ? 'none' : 'none yet'}</span>}
        >
          {(best) => (
            <>
              {figure(best().objective)}
              <svg class="spark" viewBox="0 0 64 18" aria-hidden="true">
                <path d={stepsPath(props.tuning.steps, runs())} />
              </svg>
              <span class="sub">
                <MetricName name={objective().metric} />
              </span>
            </>
          )}
        </Show>
      </td>
      <td data-label="Over baseline" class="number">
        <Show
          when={props.tuning.best?.number !== 0 && gain()}
          fallback={<span class="quiet">{props.tuning.best?.number === 0 ? 'baseline' : '–'}</span>}
        >
          {(ratio) => (
            <>
              ×{ratio().toFixed(2)}
              <span class="sub">
                {gainChange(ratio(), objective().higherIsBetter)}
                {standing()}
              </span>
            </>
          )}
        </Show>
      </td>
      <td data-label="Failed" class="number">
        <span classList={{ bad: counts().failed > 0, quiet: counts().failed === 0 }}>{counts().failed}</span>
      </td>
      <td data-label="Age">
        <TimeAgo at={props.tuning.createdAt} now={props.now} />
      </td>
      <td class="actions-cell">
        <Show when={isFinished(props.tuning.state) && may('operator')}>
          <button
            type="button"
            class="small subtle"
            disabled={busy()}
            aria-label={`${act()} ${props.tuning.name}`}
            onClick={() => void ask(change)}
          >
            {act()}
          </button>
          <ProblemNote error={error()} />
        </Show>
      </td>
    </tr>
  )
}
