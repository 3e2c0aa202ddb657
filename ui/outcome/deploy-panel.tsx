import { createResource, createSignal, For, Show } from 'solid-js'
import type { Report, TuningSpec } from '../../client/client.ts'
import { Answered } from '../parts/answered.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { answer, api, apiPath } from '../state/api.ts'

const FORMS = [
  { format: 'command', name: 'Command line', file: 'serve.sh' },
  { format: 'compose', name: 'Docker Compose', file: 'compose.yaml' },
  { format: 'kubernetes', name: 'Kubernetes', file: 'kubernetes.yaml' },
  { format: 'helm', name: 'Helm values', file: 'values.yaml' },
] as const
type Form = (typeof FORMS)[number]

/** The best configuration in the forms in which it is deployed, each to copy or to save. */
export function DeployPanel(props: { report: Report; engine: TuningSpec['engine']['kind'] }) {
  /** A program of the user's is no server, which a container would keep running. */
  const isServer = () => props.engine !== 'command'
  const forms = () => FORMS.filter(({ format }) => isServer() || format === 'command')
  const [form, setForm] = createSignal<Form>(FORMS[0])
  const [text, { refetch }] = createResource(
    () => ({ id: props.report.tuningId, format: form().format }),
    ({ id, format }) =>
      answer(
        api.GET('/api/v1/tunings/{id}/best', {
          params: { path: { id }, query: { format } },
          parseAs: 'text',
        }),
      ),
  )
  const href = () => `${apiPath('tunings', props.report.tuningId, 'best')}?format=${form().format}`

  return (
    <section class="panel deploy" aria-labelledby="deploy">
      <h2 id="deploy">To deploy</h2>
      <div class="tabs" role="tablist" aria-label="Form of the deployment">
        <For each={forms()}>
          {(one) => (
            <button
              type="button"
              role="tab"
              id={`deploy-${one.format}`}
              aria-controls="deploy-text"
              aria-selected={form() === one}
              onClick={() => setForm(one)}
            >
              {one.name}
            </button>
          )}
        </For>
      </div>
      <Show when={!isServer()}>
        <p class="hint">Redline starts no server of it, so that there is none to deploy as a container.</p>
      </Show>
      <div id="deploy-text" role="tabpanel" aria-labelledby={`deploy-${form().format}`}>
        <Answered asked={text} again={refetch} lines={4}>
          {(written) => (
            <>
              <pre class="log" tabindex="0" aria-label={form().name}>
                {String(written()).trimEnd()}
              </pre>
              <div class="row">
                <CopyButton text={String(written())} label={`Copy: ${form().name}`} />
                <a class="button small" href={href()} download={form().file} target="_self">
                  Download {form().file}
                </a>
              </div>
            </>
          )}
        </Answered>
      </div>
    </section>
  )
}
