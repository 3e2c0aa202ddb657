import { For, Show } from 'solid-js'
import type { Experiment, Tuning } from '../../client/client.ts'
import { CommandLine } from '../parts/command-line.tsx'
import { allSettings } from '../words/configuration-words.ts'
import { shellLine } from '../words/shell-words.ts'

type Conditions = NonNullable<Experiment['conditions']>

/** The configuration beside the baseline's, and the command line as it was executed. */
export function SettingsPanel(props: { tuning: Tuning; experiment: Experiment }) {
  const settings = () => allSettings(props.experiment.configuration, props.tuning.spec.baseline ?? {})
  const fixed = () => allSettings(props.tuning.spec.engine.args ?? {}, props.tuning.spec.engine.args ?? {})

  return (
    <section class="panel" aria-labelledby="settings">
      <h2 id="settings">Configuration</h2>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col" class="number">
              Here
            </th>
            <th scope="col" class="number">
              Baseline
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={settings()}>
            {(setting) => (
              <tr>
                <th scope="row">
                  <code>{setting.name}</code>
                </th>
                <td class="number">{setting.baseline === null ? setting.value : <b>{setting.value}</b>}</td>
                <td class="number">{setting.baseline ?? setting.value}</td>
              </tr>
            )}
          </For>
          <For each={fixed()}>
            {(setting) => (
              <tr>
                <th scope="row">
                  <code>{setting.name}</code>
                </th>
                <td class="number" colspan="2">
                  {setting.value} <span class="quiet">for all</span>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
      <Show when={settings().length === 0}>
        <p class="quiet">The engine's defaults.</p>
      </Show>
      <Show when={props.experiment.conditions}>
        {(conditions) => (
          <>
            <h3>Command line, as executed</h3>
            <CommandLine command={shellLine(conditions().command)} label="command line of this experiment" />
            <p class="sub">
              on {conditions().host} ({conditions().devices.join(', ')}), engine{' '}
              {conditions().reportedVersion ?? conditions().engineVersion ?? 'of unknown version'},{' '}
              {conditions().attempts} {conditions().attempts === 1 ? 'start' : 'starts'}
            </p>
            <ConditionsTable conditions={conditions()} />
          </>
        )}
      </Show>
    </section>
  )
}

/** The machine during the measurement, and what the engine counted beside what the client did. */
function ConditionsTable(props: { conditions: Conditions }) {
  const rows = () => [
    ...machineRows(props.conditions),
    ...countRows(props.conditions),
    ...(props.conditions.modelHash == null
      ? []
      : [{ name: 'Model file', value: props.conditions.modelHash }]),
    ...(props.conditions.repeats ?? []).map((reason) => ({ name: 'Measured again', value: reason })),
  ]
  return (
    <Show when={rows().length > 0}>
      <h3>Conditions of the measurement</h3>
      <table class="plain">
        <tbody>
          <For each={rows()}>
            {(row) => (
              <tr>
                <th scope="row">{row.name}</th>
                <td style={{ 'overflow-wrap': 'anywhere' }}>{row.value}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </Show>
  )
}

interface Row {
  name: string
  value: string
}

const GIB = 2 ** 30

function machineRows({ machine }: Conditions): Row[] {
  if (machine == null) return []
  const clock = machine.cpuMhz === null ? '' : ` at ${(machine.cpuMhz / 1000).toFixed(2)} GHz`
  const others =
    machine.othersMean === null
      ? 'others not seen'
      : `${percent(machine.othersMean)} of the engine's cores by others, at most ${percent(Math.max(...known(machine.others)))}`
  return [
    { name: 'CPU', value: `${machine.cpu}, ${machine.cores} cores${clock}` },
    { name: 'Load', value: `${percent(machine.busyMean ?? 0)} busy, ${others}` },
    {
      name: 'Memory',
      value: `${(machine.memoryUsedBytesMax / GIB).toFixed(1)} of ${(machine.memoryBytes / GIB).toFixed(1)} GiB used`,
    },
    ...machine.gpus.map((gpu) => ({
      name: gpu.device,
      value: [
        range(gpu.smClockMhz, 'MHz'),
        range(gpu.powerW, 'W'),
        range(gpu.temperatureC, '°C'),
        ...(gpu.clockReasons.length === 0 ? [] : [`held by ${gpu.clockReasons.join(', ')}`]),
        `driver ${gpu.driver}`,
      ].join(', '),
    })),
  ]
}

function countRows({ server }: Conditions): Row[] {
  if (server == null) return []
  const agree = server.compared ? 'agree with the client' : 'not compared'
  const tokens = server.server.outputTokens === null ? '' : `${server.server.outputTokens} output tokens, `
  const value = server.warnings.length > 0 ? server.warnings.join('; ') : `${tokens}${agree}`
  return [{ name: "Engine's counts", value }]
}

function range(series: (number | null)[], unit: string): string {
  const values = known(series)
  if (values.length === 0) return `- ${unit}`
  const least = Math.round(Math.min(...values))
  const most = Math.round(Math.max(...values))
  return least === most ? `${least} ${unit}` : `${least}-${most} ${unit}`
}

function known(series: (number | null)[]): number[] {
  return series.flatMap((value) => value ?? [])
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
