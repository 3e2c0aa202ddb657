import { For, Show } from 'solid-js'
import { isObject, type Json } from '../state/request-draft.ts'
import { Field, FieldProblems } from './field.tsx'
import { SelectInput } from './inputs.tsx'
import { METRICS } from './metric-choices.ts'
import { useRequest } from './request-context.tsx'

/** What a second objective is at first: what the first usually costs. */
const SECOND = { minimize: 'tpot_p99_ms' }

/** One objective, or two whose trade-off is looked for. */
export function ObjectiveFields() {
  const request = useRequest()
  const objective = () => request.read('/objective')
  const list = (): Json[] | null => {
    const value = objective()
    return Array.isArray(value) ? value : null
  }
  const hasSecond = () => (list()?.length ?? 0) > 1

  return (
    <>
      <ObjectiveField pointer={list() === null ? '/objective' : '/objective/0'} />
      <Show
        when={hasSecond()}
        fallback={
          <button
            type="button"
            class="small"
            onClick={() => request.write('/objective', [list()?.[0] ?? objective() ?? {}, SECOND])}
          >
            Add a second objective
          </button>
        }
      >
        <ObjectiveField pointer="/objective/1" second />
        <button type="button" class="small" onClick={() => request.write('/objective', list()?.[0])}>
          Remove the second objective
        </button>
      </Show>
      <FieldProblems pointer="/objective" />
    </>
  )
}

function ObjectiveField(props: { pointer: string; second?: boolean }) {
  const request = useRequest()
  const direction = () => {
    const objective = request.read(props.pointer)
    return isObject(objective) && 'minimize' in objective ? 'minimize' : 'maximize'
  }
  const metric = () => request.read(`${props.pointer}/${direction()}`) ?? 'output_tokens_per_second'
  const id = () => (props.second === true ? 'second-direction' : 'direction')
  return (
    <>
      <div class="field">
        <label for={id()}>{props.second === true ? 'Second direction' : 'Direction'}</label>
        <select
          id={id()}
          onChange={(event) => request.write(props.pointer, { [event.currentTarget.value]: metric() })}
        >
          <For each={['maximize', 'minimize']}>
            {(option) => (
              <option value={option} selected={option === direction()}>
                {option}
              </option>
            )}
          </For>
        </select>
      </div>
      <Field
        pointer={`${props.pointer}/${direction()}`}
        label={props.second === true ? 'Second metric' : 'Metric'}
      >
        <SelectInput pointer={`${props.pointer}/${direction()}`} options={METRICS} />
      </Field>
    </>
  )
}
