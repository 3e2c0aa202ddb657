import { Show } from 'solid-js'
import { readYaml, writeYaml } from '../state/request-yaml.ts'
import { useRequest } from './request-context.tsx'

/** The same request as YAML. */
export default function YamlTab() {
  const request = useRequest()
  return (
    <div class="panel">
      <label for="yaml">The request as YAML, as `redline tune` takes it</label>
      <textarea
        id="yaml"
        class="yaml"
        rows="32"
        spellcheck={false}
        aria-invalid={request.yamlError() !== null}
        aria-describedby="yaml-problem"
        value={request.yaml() ?? writeYaml(request.draft())}
        onInput={(event) => request.setYaml(event.currentTarget.value, readYaml(event.currentTarget.value))}
      />
      <div id="yaml-problem" aria-live="polite">
        <Show when={request.yamlError()}>{(message) => <pre class="problem">{message()}</pre>}</Show>
      </div>
    </div>
  )
}
