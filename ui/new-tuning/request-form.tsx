import { For, type ParentProps } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { METRIC_NAMES } from '../../domain/metric.ts'
import { isObject, textOf } from '../state/request-draft.ts'
import { metricLabel } from '../../domain/metric-words.ts'
import { ConstraintRows } from './constraint-rows.tsx'
import { Field } from './field.tsx'
import { FlowInput, NumberInput, SelectInput, TextInput, TokensInput } from './inputs.tsx'
import { useRequest } from './request-context.tsx'
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
      <Group title="Goal">
        <ObjectiveFields />
      </Group>
      <ConstraintRows />
      <SpaceTable parameters={engine()?.parameters ?? []} />
      <RuleRows />
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

function ObjectiveFields() {
  const request = useRequest()
  // Of two objectives the first; the second is in the YAML.
  const base = () => (Array.isArray(request.read('/objective')) ? '/objective/0' : '/objective')
  const direction = () => {
    const objective = request.read(base())
    return isObject(objective) && 'minimize' in objective ? 'minimize' : 'maximize'
  }
  const metric = () => request.read(`${base()}/${direction()}`) ?? 'output_tokens_per_second'
  return (
    <>
      <div class="field">
        <label for="direction">Direction</label>
        <select
          id="direction"
          onChange={(event) => request.write(base(), { [event.currentTarget.value]: metric() })}
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
      <Field pointer={`${base()}/${direction()}`} label="Metric">
        <SelectInput
          pointer={`${base()}/${direction()}`}
          options={METRIC_NAMES.map((name) => ({ value: name, text: metricLabel(name) }))}
        />
      </Field>
    </>
  )
}
