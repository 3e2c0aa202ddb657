import { unwrap, type RedlineClient, type Tuning, type TuningEvent } from '../client/client.ts'
import { followTuning } from '../client/follow.ts'
import { actionText } from '../domain/action-words.ts'
import { configurationText } from '../domain/configuration-text.ts'
import { factor, figure, gainOver } from '../domain/figures.ts'
import { metricLabel } from '../domain/metric-words.ts'
import { objectiveMetric } from '../domain/tuning.ts'
import { bar, colour } from './format.ts'
import { liveLine } from './live-line.ts'
import { foldEvent, foldLive, initialProgress, type ProgressState } from './progress-state.ts'

export interface WatchOptions {
  client: RedlineClient
  baseUrl: string
  id: string
  signal: AbortSignal
  /** Print each event as a JSON line to standard output in place of the live view. */
  json: boolean
}

/** Shows a tuning's progress until it is finished; returns it as it is then. */
export async function watchTuning({ client, baseUrl, id, signal, json }: WatchOptions): Promise<Tuning> {
  const read = () => unwrap(baseUrl, client.GET('/api/v1/tunings/{id}', { params: { path: { id } }, signal }))
  const tuning = await read()
  const objective = objectiveMetric(tuning.spec.objective)
  const { metric } = objective
  let progress = initialProgress(tuning)
  const view = liveLine(json ? () => '' : () => statusLine(progress, objective))

  await new Promise<void>((resolve, reject) => {
    const stop = followTuning(baseUrl, id, {
      onEvent(event) {
        const before = progress
        progress = foldEvent(progress, event)
        if (json) process.stdout.write(`${JSON.stringify(event)}\n`)
        else for (const line of eventLines(event, before, metric)) view.print(line)
        view.refresh()
      },
      onLive(live) {
        if (json) process.stdout.write(`${JSON.stringify(live)}\n`)
        progress = foldLive(progress, live)
        view.refresh()
      },
      onEnd: resolve,
      onLost: () => view.print(colour.dim('connection lost, trying again')),
      onSignedOut() {
        stop()
        reject(new Error('the token is no longer valid: it has expired or was deleted'))
      },
    })
    signal.addEventListener('abort', () => {
      stop()
      reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
    })
  }).finally(() => view.clear())
  return read()
}

function statusLine(
  progress: ProgressState,
  { metric, higherIsBetter }: ReturnType<typeof objectiveMetric>,
): string {
  const { current, live, best, finished, expected } = progress
  const running =
    current === null
      ? progress.state
      : `#${current.number} ${current.stage}${live === null ? '' : ` ${live}`}`
  const leader =
    best === null
      ? ''
      : `best #${best.number} ${figure(best.objective)}${gainShown(progress, higherIsBetter)} ${metricLabel(metric)}`
  return [`${bar(finished / expected, 20)} ${finished}/${expected}`, progress.phase, running, leader]
    .filter((part) => part !== '')
    .join('  |  ')
}

function gainShown({ best, baseline }: ProgressState, higherIsBetter: boolean): string {
  const gain = gainOver(baseline, best?.objective, higherIsBetter)
  return gain === null ? '' : ` (${factor(gain)})`
}

/** What an event leaves on the screen for good. */
function eventLines({ event }: TuningEvent, before: ProgressState, metric: string): string[] {
  switch (event.type) {
    case 'tuning.state':
      return event.phase === before.phase && event.state === before.state
        ? []
        : [colour.dim(`-- ${event.phase}${event.state === 'running' ? '' : `: ${event.state}`}`)]
    case 'tuning.action':
      return [
        colour.dim(
          `-- ${actionText(event.what)} by ${event.by}${event.reason === null ? '' : `: ${event.reason}`}`,
        ),
      ]
    case 'search.stopped':
      return [colour.dim(`-- the search ends: ${event.reason}`)]
    case 'experiment.finished': {
      const { current } = before
      const configuration =
        current?.number === event.experiment ? configurationText(current.configuration) : ''
      const value =
        event.state !== 'completed'
          ? colour.bad(event.summary)
          : event.objective === null
            ? event.summary
            : `${figure(event.objective)} ${metricLabel(metric)}`
      const verdict = event.objective === null || event.feasible ? '' : colour.bad('breaks a limit')
      return [
        `#${String(event.experiment).padEnd(3)} ${value.padEnd(22)} ${verdict}${verdict === '' ? '' : ' '}${colour.dim(configuration)}`,
      ]
    }
    default:
      return []
  }
}
