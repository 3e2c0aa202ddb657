import { For, Match, Show, Switch } from 'solid-js'
import { formatDuration } from '../../domain/duration.ts'
import { messageOf } from '../../domain/message-of.ts'
import { CommandLine } from '../parts/command-line.tsx'
import { fieldId } from '../state/request-draft.ts'
import { count, figure } from '../../domain/figures.ts'
import { problemCount } from '../words/check-words.ts'
import { useRequest } from './request-context.tsx'

/** What the API says of the request: what is wrong, or what it would come to. */
export function CheckResult(props: { showForm: () => void }) {
  const request = useRequest()
  const detail = () => {
    const check = request.check()
    return check.state === 'wrong' && check.errors.length === 0 ? check.detail : null
  }

  const budgeted = () => Number(request.read('/budget/experiments') ?? 0)

  return (
    <div class="panel" aria-live="polite" aria-busy={request.check().state === 'checking'}>
      <Switch>
        <Match when={request.yamlError() !== null}>
          <h2 class="bad">✕ Not YAML</h2>
          <p class="sub">Checked again when it can be read.</p>
        </Match>
        <Match when={request.check().state === 'unreachable'}>
          <h2 class="bad">✕ Not checked</h2>
          <p class="problem">{unreachableText(request.check())}</p>
        </Match>
        <Match when={request.errors().length > 0 || detail() !== null}>
          <h2 class="bad">✕ {problemCount(request.errors().length)}</h2>
          <Show when={detail()}>{(text) => <p class="problem">{text()}</p>}</Show>
          <ul class="problem-list">
            <For each={request.errors()}>
              {(error) => (
                <li>
                  <button type="button" class="link" onClick={() => goTo(error.pointer, props.showForm)}>
                    {error.pointer.slice(1).replaceAll('/', ' › ') || 'request'}
                  </button>
                  <span>{error.message}</span>
                </li>
              )}
            </For>
          </ul>
        </Match>
        <Match when={request.estimate()}>
          {(estimate) => (
            <>
              <h2 class="good">✓ Ready to start</h2>
              <dl class="facts">
                <dt>space</dt>
                <dd>
                  {estimate().spaceSize === null
                    ? 'too many to count'
                    : `${count(estimate().spaceSize ?? 0)} configurations`}
                </dd>
                <dt>experiments</dt>
                <dd>
                  {count(estimate().experiments)}
                  <Show when={estimate().experiments < budgeted()}> of {count(budgeted())} fit</Show>
                </dd>
                <dt>engine starts</dt>
                <dd>{count(estimate().runs)}</dd>
                <dt>expected time</dt>
                <dd>about {formatDuration(estimate().durationMs)}</dd>
                <Show when={estimate().mostDevices > 0}>
                  <dt>device hours</dt>
                  <dd>
                    {estimate().mostDevices > 1 ? `${estimate().mostDevices} devices: at most` : 'about'}{' '}
                    {figure(estimate().deviceHours)}
                  </dd>
                </Show>
              </dl>
              <Show when={estimate().baselineCommand}>
                {(command) => (
                  <>
                    <h3>Baseline</h3>
                    <CommandLine command={command()} label="command line of the baseline" />
                  </>
                )}
              </Show>
            </>
          )}
        </Match>
        <Match when={request.check().state === 'checking'}>
          <h2 class="quiet">Checking…</h2>
        </Match>
      </Switch>
    </div>
  )
}

function unreachableText(check: { state: string; error?: unknown }): string {
  return messageOf(check.error)
}

/** Leads to the field of a problem, or the nearest one around it. */
function goTo(pointer: string, showForm: () => void): void {
  showForm()
  requestAnimationFrame(() => {
    for (let place = pointer; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) {
      const field = document.getElementById(fieldId(place))
      if (field !== null) return field.focus()
    }
  })
}
