import { Index } from 'solid-js'
import { FieldProblems } from './field.tsx'
import { TextInput } from './inputs.tsx'
import { useRequest } from './request-context.tsx'

/** The rules between parameters. */
export function RuleRows() {
  const request = useRequest()
  const rules = () => {
    const value = request.read('/rules')
    return Array.isArray(value) ? value : []
  }

  return (
    <fieldset class="panel">
      <legend>Rules</legend>
      <p class="hint">What every configuration must fulfil, such as ubatch_size &lt;= batch_size</p>
      <Index each={rules()}>
        {(_, index) => (
          <div class="list-row">
            <TextInput pointer={`/rules/${index}`} label={`Rule ${index + 1}`} />
            <button
              type="button"
              class="small"
              aria-label={`Remove rule ${index + 1}`}
              onClick={() => request.write(`/rules/${index}`, undefined)}
            >
              Remove
            </button>
            <FieldProblems pointer={`/rules/${index}`} />
          </div>
        )}
      </Index>
      <button type="button" class="small" onClick={() => request.write('/rules', [...rules(), ''])}>
        Add a rule
      </button>
      <FieldProblems pointer="/rules" />
    </fieldset>
  )
}
