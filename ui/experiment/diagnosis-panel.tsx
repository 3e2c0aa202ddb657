import { Show } from 'solid-js'
import type { Experiment } from '../../client/client.ts'

type Diagnosis = Extract<Experiment['result'], { status: 'failed' }>['diagnosis']

/** Why an experiment failed and what would help. */
export function DiagnosisPanel(props: { diagnosis: Diagnosis }) {
  return (
    <section class="panel diagnosis" aria-labelledby="diagnosis">
      <h2 id="diagnosis">✕ {props.diagnosis.summary}</h2>
      <Show when={props.diagnosis.evidence}>{(line) => <p class="evidence">{line()}</p>}</Show>
      <p>{props.diagnosis.advice}</p>
      <p class="sub">
        {props.diagnosis.kind.replaceAll('_', ' ')}
        {props.diagnosis.exitCode === null ? '' : ` · exit code ${props.diagnosis.exitCode}`}
        {props.diagnosis.signal === null ? '' : ` · signal ${props.diagnosis.signal}`}
      </p>
      <Show when={props.diagnosis.logTail.length > 0}>
        <details>
          <summary>Last {props.diagnosis.logTail.length} lines of the log</summary>
          <pre class="log" tabindex="0">
            {props.diagnosis.logTail.join('\n')}
          </pre>
        </details>
      </Show>
    </section>
  )
}
