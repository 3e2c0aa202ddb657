import type { ParentProps } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { isObject, textOf } from '../state/request-draft.ts'
import { ConstraintRows } from './constraint-rows.tsx'
import { Later } from '../parts/later.tsx'
import { Field } from './field.tsx'
import { FlowInput, NumberInput, SelectInput, TextInput, TokensInput } from './inputs.tsx'
import { useRequest } from './request-context.tsx'
import { ObjectiveFields } from './objective-fields.tsx'
import { RuleRows } from './rule-rows.tsx'
import { SpaceTable } from './space-table.tsx'

/** The request as fields. */
export function RequestForm(props: { engines: Schemas['Engine'][] }) {
  const request = useRequest()
  const engine = () => props.engines.find(({ kind }) => kind === request.read('/engine/kind'))
  const engineOptions = () =>
    props.engines.map(({ kind, title, hosts }) => ({
      value: kind,
      text: hosts.length === 0 ? `${title} (no host can run it now)` : title,
    }))

  return (
    <>
      <Group title="What">
        <Field pointer="/name" label="Name">
          <TextInput pointer="/name" />
        </Field>
        <Field pointer="/engine/kind" label="Engine">
          <SelectInput pointer="/engine/kind" options={engineOptions()} />
        </Field>
        <Field
          pointer="/engine/model"
          label="Model"
          hint="A file on the host, or a model that Redline provides"
        >
          <TextInput pointer="/engine/model" />
        </Field>
        <Field
          pointer="/engine/args"
          label="Fixed parameters"
          hint="For every experiment, the baseline too: ctx_size: 16384"
          inside
        >
          <FlowInput pointer="/engine/args" kind="mapping" />
        </Field>
      </Group>
      <Later>
        <Group title="Traffic">
          <Field
            pointer="/workload/prompts/synthetic/inputTokens"
            label="Input tokens"
            hint="or a range: 64-256"
            inside
          >
            <TokensInput pointer="/workload/prompts/synthetic/inputTokens" />
          </Field>
          <Field
            pointer="/workload/prompts/synthetic/outputTokens"
            label="Output tokens"
            hint="or a range: 16-128"
            inside
          >
            <TokensInput pointer="/workload/prompts/synthetic/outputTokens" />
          </Field>
          <LoadFields />
          <Field pointer="/workload/duration" label="Measure for" hint="10s, 2m">
            <TextInput pointer="/workload/duration" placeholder="30s" optional />
          </Field>
          <Field pointer="/workload/warmup" label="Warm up for">
            <TextInput pointer="/workload/warmup" placeholder="2s" optional />
          </Field>
        </Group>
      </Later>
      <Later>
        <Group title="Goal">
          <ObjectiveFields />
        </Group>
      </Later>
      <Later>
        <ConstraintRows />
      </Later>
      <Later>
        <SpaceTable parameters={engine()?.parameters ?? []} presets={engine()?.presets ?? {}} />
      </Later>
      <Later>
        <RuleRows />
      </Later>
      <Later>
        <Group title="Budget">
          <Field
            pointer="/budget/experiments"
            label="Experiments"
            hint="besides the baseline and the confirmation"
          >
            <NumberInput pointer="/budget/experiments" min={1} placeholder="16" />
          </Field>
          <Field pointer="/budget/time" label="Time limit" hint="optional: 20m, 2h">
            <TextInput pointer="/budget/time" optional />
          </Field>
          <Field pointer="/search" label="Search">
            <SelectInput
              pointer="/search"
              value={textOf(request.read('/search')) || 'model'}
              options={[
                { value: 'model', text: 'learns from what was measured' },
                { value: 'sobol', text: 'Sobol sequence' },
                { value: 'random', text: 'random' },
                { value: 'grid', text: 'grid' },
              ]}
            />
          </Field>
          <Field
            pointer="/budget/cutShort"
            label="Cut measurements short"
            hint="when one is clearly hopeless"
          >
            <SelectInput
              pointer="/budget/cutShort"
              value={request.read('/budget/cutShort') === false ? 'false' : 'true'}
              change={(value) => request.write('/budget/cutShort', value === 'true')}
              options={[
                { value: 'true', text: 'yes' },
                { value: 'false', text: 'no' },
              ]}
            />
          </Field>
          <Field pointer="/confirmation/pairs" label="Confirmation pairs" hint="two or more give an interval">
            <NumberInput pointer="/confirmation/pairs" min={0} placeholder="3" />
          </Field>
          <Field
            pointer="/baseline"
            label="Baseline"
            hint="Compared with this; empty: the engine's defaults"
            inside
          >
            <FlowInput pointer="/baseline" kind="mapping" placeholder="threads: 2, batch_size: 512" />
          </Field>
        </Group>
      </Later>
    </>
  )
}

function Group(props: ParentProps<{ title: string }>) {
  return (
    <fieldset class="panel">
      <legend>{props.title}</legend>
      <div class="fields">{props.children}</div>
    </fieldset>
  )
}

function LoadFields() {
  const request = useRequest()
  const isRate = () => {
    const load = request.read('/workload/load')
    return isObject(load) && 'rate' in load
  }
  return (
    <>
      <div class="field">
        <label for="load-kind">Load</label>
        <select
          id="load-kind"
          onChange={(event) =>
            request.write(
              '/workload/load',
              event.currentTarget.value === 'rate' ? { rate: 4, arrivals: 'poisson' } : { concurrency: 4 },
            )
          }
        >
          <option value="concurrency" selected={!isRate()}>
            concurrency (busy streams)
          </option>
          <option value="rate" selected={isRate()}>
            rate (requests per second)
          </option>
        </select>
      </div>
      {isRate() ? (
        <Field pointer="/workload/load/rate" label="Requests per second">
          <NumberInput pointer="/workload/load/rate" min={0} step="any" />
        </Field>
      ) : (
        <Field pointer="/workload/load/concurrency" label="Concurrency">
          <NumberInput pointer="/workload/load/concurrency" min={1} />
        </Field>
      )}
    </>
  )
}
