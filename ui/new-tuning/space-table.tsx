import { createMemo, For, Match, Show, Switch } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { jsonPointer } from '../../domain/problem.ts'
import { asJson, isObject, renamed, textOf, type Json } from '../state/request-draft.ts'
import { Later } from '../parts/later.tsx'
import { FieldProblems } from './field.tsx'
import { GoalRow } from './goal-row.tsx'
import { Choice, FlowInput, NumberInput, SelectInput } from './inputs.tsx'
import { useRequest } from './request-context.tsx'

type EngineParameter = Schemas['Engine']['parameters'][number]

const TYPES = ['integer', 'float', 'categorical', 'ordinal', 'boolean'].map((type) => ({
  value: type,
  text: type,
}))
const START: Record<string, Json> = {
  integer: { type: 'integer', low: 1, high: 8 },
  float: { type: 'float', low: 0, high: 1 },
  categorical: { type: 'categorical', choices: [] },
  ordinal: { type: 'ordinal', choices: [] },
  boolean: { type: 'boolean' },
}

/** A range to start from; what the engine says nothing of starts as whole numbers. */
function rangeOf({ suggested }: EngineParameter): Json {
  return asJson(suggested) ?? START['integer'] ?? null
}

/** The parameters to vary, with their ranges. */
export default function SpaceTable(props: {
  parameters: EngineParameter[]
  presets: Schemas['Engine']['presets']
}) {
  const request = useRequest()
  const space = () => {
    const value = request.read('/space')
    return isObject(value) ? value : {}
  }
  const unused = createMemo(() => props.parameters.filter(({ name }) => !(name in space())))
  const names = createMemo(() => unused().map(({ name }) => ({ value: name, text: name })))

  return (
    <fieldset class="panel">
      <legend>Space</legend>
      <p class="hint">The parameters to vary; the others stay as the engine has them.</p>
      <GoalRow presets={props.presets} />
      <For each={Object.keys(space())}>
        {(name) => (
          <Later>
            <SpaceRow
              name={name}
              known={props.parameters.find((parameter) => parameter.name === name)}
              others={unused()}
              names={names()}
            />
          </Later>
        )}
      </For>
      <label class="inline space-add">
        <span>Add a parameter</span>
        <Choice
          value=""
          options={unused().map(({ name, description }) => ({
            value: name,
            text: `${name}: ${description}`,
          }))}
          onChange={(event) => {
            const chosen = props.parameters.find(({ name }) => name === event.currentTarget.value)
            if (chosen !== undefined) request.write(jsonPointer(['space', chosen.name]), rangeOf(chosen))
            event.currentTarget.value = ''
          }}
        />
      </label>
      <FieldProblems pointer="/space" />
    </fieldset>
  )
}

function SpaceRow(props: {
  name: string
  known: EngineParameter | undefined
  others: EngineParameter[]
  /** Of the others, to choose from. */
  names: { value: string; text: string }[]
}) {
  const request = useRequest()
  const place = () => jsonPointer(['space', props.name])
  const at = (key: string) => `${place()}/${key}`
  const type = () => request.read(at('type'))
  const rename = (name: string) => {
    const space = request.read('/space')
    if (!isObject(space)) return
    const chosen = props.others.find((parameter) => parameter.name === name)
    const moved = renamed(space, props.name, name)
    request.write('/space', chosen === undefined ? moved : { ...moved, [name]: rangeOf(chosen) })
  }

  return (
    <div class="space-row" role="group" aria-label={props.name}>
      <div class="space-name">
        <SelectInput
          pointer={place()}
          label={`Parameter ${props.name}`}
          value={props.name}
          options={props.names}
          change={rename}
        />
        <p class="hint">
          <Show when={props.known} fallback="not in the engine's catalogue">
            {(known) => (
              <>
                {known().description}. Default: {String(known().default ?? 'depends')}
              </>
            )}
          </Show>
        </p>
      </div>
      <div class="space-values">
        <SelectInput
          pointer={at('type')}
          label={`Type of ${props.name}`}
          options={TYPES}
          change={(chosen) => request.write(place(), START[chosen])}
        />
        <Switch>
          <Match when={type() === 'integer' || type() === 'float'}>
            <NumberInput
              pointer={at('low')}
              label={`Lowest ${props.name}`}
              step={type() === 'float' ? 'any' : 1}
            />
            <span aria-hidden="true">to</span>
            <NumberInput
              pointer={at('high')}
              label={`Highest ${props.name}`}
              step={type() === 'float' ? 'any' : 1}
            />
            <SelectInput
              pointer={at('scale')}
              label={`Scale of ${props.name}`}
              value={textOf(request.read(at('scale')) ?? 'linear')}
              options={[
                { value: 'linear', text: 'linear' },
                { value: 'log', text: 'log' },
                ...(type() === 'integer' ? [{ value: 'power-of-two', text: 'power of two' }] : []),
              ]}
            />
            <Show when={type() === 'integer' && (request.read(at('scale')) ?? 'linear') === 'linear'}>
              <NumberInput
                pointer={at('step')}
                label={`Step of ${props.name}`}
                min={1}
                placeholder="step 1"
              />
            </Show>
          </Match>
          <Match when={type() === 'categorical' || type() === 'ordinal'}>
            <FlowInput
              pointer={at('choices')}
              kind="list"
              label={`Choices of ${props.name}`}
              placeholder="choices, separated by commas"
            />
          </Match>
          <Match when={type() === 'boolean'}>
            <span class="quiet">false, true</span>
          </Match>
        </Switch>
        <button
          type="button"
          class="small push"
          aria-label={`Remove ${props.name}`}
          onClick={() => request.write(place(), undefined)}
        >
          Remove
        </button>
      </div>
      <FieldProblems pointer={place()} inside />
    </div>
  )
}
