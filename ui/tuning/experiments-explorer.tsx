import { createMemo, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import { metricLabel } from '../../domain/metric-words.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { isWithin, parallelAxes, type Brushes } from '../charts/parallel-axes.ts'
import { Later } from '../parts/later.tsx'
import { Seen } from '../parts/seen.tsx'
import type { TuningState } from '../state/tuning-state.ts'
import { ExperimentsTable } from './experiments-table.tsx'
import { ParallelSection } from './parallel-section.tsx'

/** With fewer experiments the table says as much. */
const LEAST_DRAWN = 3

/** The experiments as lines and as a table: what is kept of the one is shown in the other. */
export function ExperimentsExplorer(props: {
  state: TuningState
  /** The same, for what is costly to draw. */
  calm: TuningState
  now: number
}) {
  const [brushes, setBrushes] = createStore<Brushes>({})
  const metric = () => objectiveMetric(props.state.tuning.spec.objective).metric
  const drawn = createMemo(() => props.calm.experiments.filter(({ kind }) => kind !== 'confirmation'))
  const axes = createMemo(() => parallelAxes(drawn(), metricLabel(metric())))
  const brushed = () => axes().some(({ name }) => brushes[name] !== undefined)
  const kept = createMemo(
    () => new Set(drawn().flatMap((one) => (isWithin(one, axes(), { ...brushes }) ? [one.number] : []))),
  )
  const shown = createMemo(() =>
    brushed() ? props.state.experiments.filter(({ number }) => kept().has(number)) : props.state.experiments,
  )

  return (
    <>
      <Show when={drawn().length >= LEAST_DRAWN && axes().length > 1}>
        <Seen value={{ axes: axes(), experiments: drawn(), kept: kept(), brushes: { ...brushes } }}>
          {(lines) => (
            <ParallelSection
              {...lines()}
              brush={(name, range) => setBrushes(name, range)}
              clear={() => {
                for (const { name } of axes()) setBrushes(name, undefined)
              }}
            />
          )}
        </Seen>
      </Show>
      <Later>
        <ExperimentsTable state={props.state} experiments={shown()} filtered={brushed()} now={props.now} />
      </Later>
    </>
  )
}
