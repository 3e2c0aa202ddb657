import { Index, Show } from 'solid-js'
import { fieldId, textOf } from '../state/request-draft.ts'
import { metricUnit } from '../../domain/metric-words.ts'
import { FieldProblems, useInvalid } from './field.tsx'
import { Choice, TextInput } from './inputs.tsx'
import { METRICS } from './metric-choices.ts'
import { useRequest } from './request-context.tsx'

const FORM = /^\s*(\w+)\s*(<=|>=)\s*(.*?)\s*$/

/** The limits that a configuration must meet. */
export function ConstraintRows() {
  const request = useRequest()
  const constraints = () => {
    const value = request.read('/constraints')
    return Array.isArray(value) ? value : []
  }

  return (
    <fieldset class="panel">
      <legend>Limits (SLO)</legend>
      <Index each={constraints()} fallback={<p class="quiet">No limits: every configuration is feasible.</p>}>
        {(constraint, index) => (
          <div class="list-row">
            <Show
              when={FORM.exec(textOf(constraint()))}
              fallback={<TextInput pointer={`/constraints/${index}`} label={`Limit ${index + 1}`} />}
            >
              {(match) => (
                <ConstraintParts
                  pointer={`/constraints/${index}`}
                  label={`limit ${index + 1}`}
                  metric={match()[1] ?? ''}
                  operator={match()[2] ?? '<='}
                  limit={match()[3] ?? ''}
                />
              )}
            </Show>
            <button
              type="button"
              class="small"
              aria-label={`Remove limit ${index + 1}`}
              onClick={() => request.write(`/constraints/${index}`, undefined)}
            >
              Remove
            </button>
            <FieldProblems pointer={`/constraints/${index}`} />
          </div>
        )}
      </Index>
      <button
        type="button"
        class="small"
        onClick={() => request.write('/constraints', [...constraints(), 'ttft_p99_ms <= 1500'])}
      >
        Add a limit
      </button>
      <FieldProblems pointer="/constraints" />
    </fieldset>
  )
}

function ConstraintParts(props: {
  pointer: string
  label: string
  metric: string
  operator: string
  limit: string
}) {
  const request = useRequest()
  const invalid = useInvalid(() => props.pointer)
  const write = (metric: string, operator: string, limit: string) =>
    request.write(props.pointer, `${metric} ${operator} ${limit}`)

  return (
    <>
      <Choice
        id={fieldId(props.pointer)}
        aria-label={`Metric of ${props.label}`}
        aria-invalid={invalid()}
        options={METRICS}
        value={props.metric}
        onChange={(event) => write(event.currentTarget.value, props.operator, props.limit)}
      />
      <select
        class="narrow"
        aria-label={`Comparison of ${props.label}`}
        onChange={(event) => write(props.metric, event.currentTarget.value, props.limit)}
      >
        <option value="<=" selected={props.operator === '<='}>
          ≤ at most
        </option>
        <option value=">=" selected={props.operator === '>='}>
          ≥ at least
        </option>
      </select>
      <input
        type="text"
        inputmode="decimal"
        class="narrow"
        aria-label={`Value of ${props.label}`}
        aria-invalid={invalid()}
        value={props.limit}
        onInput={(event) => write(props.metric, props.operator, event.currentTarget.value)}
      />
      <span class="quiet unit-slot">{metricUnit(props.metric)}</span>
    </>
  )
}
