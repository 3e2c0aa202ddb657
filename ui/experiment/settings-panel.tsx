import { For, Show } from 'solid-js'
import type { Experiment, Tuning } from '../../client/client.ts'
import { counted } from '../../domain/figures.ts'
import { CommandLine } from '../parts/command-line.tsx'
import { allSettings } from '../words/configuration-words.ts'
import { shellLine } from '../words/shell-words.ts'

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
            <Show
              when={conditions().command.length > 0}
              fallback={<p class="sub">measured from {conditions().host}; the endpoint runs already</p>}
            >
              <h3>Command line, as executed</h3>
              <CommandLine
                command={shellLine(conditions().command)}
                label="command line of this experiment"
              />
              <p class="sub">
                on {conditions().host} ({conditions().devices.join(', ')}), engine{' '}
                {conditions().reportedVersion ?? conditions().engineVersion ?? 'of unknown version'},{' '}
                {counted(conditions().attempts, 'start')}
              </p>
            </Show>
          </>
        )}
      </Show>
    </section>
  )
}
