import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { ExperimentBrief } from '../../client/client.ts'
import { failureCauses } from './failure-causes.ts'

/** Links to so many experiments of a cause; the rest is counted. */
const LINKED = 6

/** What failed, by cause, with the line that shows it. */
export function FailuresSection(props: { tuningId: string; experiments: ExperimentBrief[] }) {
  const causes = () => failureCauses(props.experiments)
  return (
    <Show when={causes().length > 0}>
      <section class="panel" aria-labelledby="failures">
        <h2 id="failures">What failed, by cause</h2>
        <ul class="limits">
          <For each={causes()}>
            {(cause) => (
              <li>
                <b class="bad">✕ {cause.experiments.length}</b> {cause.summary}{' '}
                <span class="sub">
                  experiments{' '}
                  <For each={cause.experiments.slice(0, LINKED)}>
                    {(number, index) => (
                      <>
                        {index() > 0 ? ', ' : ''}
                        <A href={`/tunings/${props.tuningId}/experiments/${number}`}>{number}</A>
                      </>
                    )}
                  </For>
                  {cause.experiments.length > LINKED ? ` and ${cause.experiments.length - LINKED} more` : ''}
                </span>
                <Show when={cause.evidence}>{(line) => <p class="evidence">{line()}</p>}</Show>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  )
}
