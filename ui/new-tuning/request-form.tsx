import { lazy, Show, Suspense, type ParentProps } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { WORKLOAD_DEFAULTS } from '../../domain/workload.ts'
import { textOf } from '../state/request-draft.ts'
import { ConstraintRows } from './constraint-rows.tsx'
import { Later } from '../parts/later.tsx'
import { Near } from '../parts/near.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Field } from './field.tsx'
import { FlowInput, NumberInput, SelectInput, SwitchInput, TextInput } from './inputs.tsx'
import { KindFields } from './kind-fields.tsx'
import { LOADS, PROMPTS, RUNTIMES } from './kinds.ts'
import { useRequest } from './request-context.tsx'
import { ObjectiveFields } from './objective-fields.tsx'
import { RuleRows } from './rule-rows.tsx'

const SpaceTable = lazy(() => import('./space-table.tsx'))
const TrafficPicture = lazy(() => import('./traffic-picture.tsx'))

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
        <Show when={request.read('/engine/kind') === 'command'}>
          <Field pointer="/engine/command" label="Program" hint='./bench, "--fast"' inside>
            <FlowInput pointer="/engine/command" kind="list" />
          </Field>
          <Field pointer="/engine/timeout" label="It may take" hint="10m, 1h">
            <TextInput pointer="/engine/timeout" placeholder="1h" optional />
          </Field>
        </Show>
      </Group>
      <Later>
        <Group title="Where">
          <KindFields pointer="/runtime" label="Runs as" kinds={RUNTIMES} />
          <Field
            pointer="/hardware/devices"
            label="Devices of an experiment"
            hint="By default what its parallel sizes ask for"
          >
            <NumberInput pointer="/hardware/devices" min={1} placeholder="as it needs" />
          </Field>
          <Field pointer="/hardware/labels" label="Labels of the host" hint="gpu: h100" inside>
            <FlowInput pointer="/hardware/labels" kind="mapping" placeholder="any host" />
          </Field>
        </Group>
      </Later>
      <Later>
        <Group title="Traffic">
          <KindFields pointer="/workload/prompts" label="Prompts" kinds={PROMPTS} />
          <KindFields pointer="/workload/load" label="Load" kinds={LOADS} />
          <Field pointer="/workload/duration" label="Measure for" hint="10s, 2m">
            <TextInput pointer="/workload/duration" placeholder={WORKLOAD_DEFAULTS.duration} optional />
          </Field>
          <Field pointer="/workload/warmup" label="Warm up for">
            <TextInput pointer="/workload/warmup" placeholder={WORKLOAD_DEFAULTS.warmup} optional />
          </Field>
          <Near class="traffic-picture">
            <Suspense>
              <TrafficPicture />
            </Suspense>
          </Near>
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
        <Suspense fallback={<Skeleton lines={12} />}>
          <SpaceTable parameters={engine()?.parameters ?? []} presets={engine()?.presets ?? {}} />
        </Suspense>
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
          <Field pointer="/parallelism" label="Experiments at a time" hint="Devices permitting">
            <NumberInput pointer="/parallelism" min={1} placeholder="1" />
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
            <SwitchInput pointer="/budget/cutShort" />
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
