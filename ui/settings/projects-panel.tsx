import { createSignal, For, Show, type Resource } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { DEFAULT_PROJECT } from '../../domain/project.ts'
import { Answered } from '../parts/answered.tsx'
import { DeleteButton } from '../parts/delete-button.tsx'
import { InlineInput } from '../parts/inline-input.tsx'
import { api, done } from '../state/api.ts'
import { createAsk } from '../state/ask.ts'
import { SmallForm } from './small-form.tsx'

type Project = Schemas['Project']

/** Who shares tunings, and what they may have at a time; an admin decides about it. */
export function ProjectsPanel(props: {
  projects: Resource<{ projects: Project[] }>
  again: () => void
  isAdmin: boolean
}) {
  return (
    <section class="panel" aria-labelledby="projects">
      <h2 id="projects">Projects</h2>
      <div class="settings-list">
        <p class="quiet">
          A tuning is seen and steered by the members of its project and by admins. Everybody is in{' '}
          {DEFAULT_PROJECT}.
        </p>
        <Show when={props.isAdmin}>
          <NewProject made={() => props.again()} />
        </Show>
        <Answered asked={props.projects} again={props.again}>
          {(answered) => (
            <ul>
              <For each={answered().projects}>
                {(project) => (
                  <ProjectItem project={project} isAdmin={props.isAdmin} changed={() => props.again()} />
                )}
              </For>
            </ul>
          )}
        </Answered>
      </div>
    </section>
  )
}

function ProjectItem(props: { project: Project; isAdmin: boolean; changed: () => void }) {
  const name = () => props.project.name
  const params = () => ({ path: { name: name() } })
  const isForAll = () => name() === DEFAULT_PROJECT
  const remove = async () => {
    await done(api.DELETE('/api/v1/projects/{name}', { params: params() }))
    props.changed()
  }
  const leave = async (user: string) => {
    const path = { name: name(), user }
    await done(api.DELETE('/api/v1/projects/{name}/members/{user}', { params: { path } }))
    props.changed()
  }
  return (
    <li class="settings-list">
      <div class="row">
        <span>
          {name()}
          <span class="sub">
            {ofQuota(props.project.running, props.project.runningTunings)} running tunings,{' '}
            {ofQuota(props.project.held, props.project.devices)} devices
          </span>
        </span>
        <Show when={props.isAdmin && !isForAll()}>
          <span class="push">
            <DeleteButton name={`project ${name()}`} remove={remove} />
          </span>
        </Show>
      </div>
      <Show when={!isForAll()}>
        <ul aria-label={`Members of ${name()}`}>
          <For each={props.project.members} fallback={<li class="quiet">No member yet.</li>}>
            {(user) => (
              <li class="row">
                {user}
                <Show when={props.isAdmin}>
                  <span class="push">
                    <DeleteButton name={`${user} from ${name()}`} remove={() => leave(user)} />
                  </span>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={props.isAdmin}>
        <Show when={!isForAll()}>
          <MemberForm project={name()} added={() => props.changed()} />
        </Show>
        <QuotaForm project={props.project} set={() => props.changed()} />
      </Show>
    </li>
  )
}

function NewProject(props: { made: () => void }) {
  const [name, setName] = createSignal('')
  const { busy, error, ask } = createAsk()
  const make = async () => {
    await done(api.POST('/api/v1/projects', { body: { name: name().trim() } }))
    setName('')
    props.made()
  }
  return (
    <SmallForm submit={() => void ask(make)} error={error()}>
      <InlineInput
        label="New project"
        value={name()}
        change={setName}
        placeholder="ranking"
        autocomplete="off"
      />
      <button type="submit" class="primary" disabled={busy() || name().trim() === ''}>
        Create project
      </button>
    </SmallForm>
  )
}

function MemberForm(props: { project: string; added: () => void }) {
  const [user, setUser] = createSignal('')
  const { busy, error, ask } = createAsk()
  const add = async () => {
    const params = { path: { name: props.project } }
    await done(api.POST('/api/v1/projects/{name}/members', { params, body: { user: user().trim() } }))
    setUser('')
    props.added()
  }
  return (
    <SmallForm submit={() => void ask(add)} error={error()}>
      <InlineInput label={`User for ${props.project}`} value={user()} change={setUser} autocomplete="off" />
      <button type="submit" disabled={busy() || user().trim() === ''}>
        Add
      </button>
    </SmallForm>
  )
}

function QuotaForm(props: { project: Project; set: () => void }) {
  const { busy, error, ask } = createAsk()
  const [changed, setChanged] = createSignal<{ devices?: string; runningTunings?: string }>({})
  const devices = () => changed().devices ?? String(props.project.devices ?? '')
  const runningTunings = () => changed().runningTunings ?? String(props.project.runningTunings ?? '')
  const set = async () => {
    const body = { devices: limit(devices()), runningTunings: limit(runningTunings()) }
    const params = { path: { name: props.project.name } }
    await done(api.POST('/api/v1/projects/{name}/quotas', { params, body }))
    setChanged({})
    props.set()
  }
  return (
    <SmallForm submit={() => void ask(set)} error={error()}>
      <InlineInput
        label={`Running tunings of ${props.project.name}`}
        type="number"
        min="0"
        placeholder="no limit"
        value={runningTunings()}
        change={(text) => setChanged((before) => ({ ...before, runningTunings: text }))}
      />
      <InlineInput
        label={`Devices of ${props.project.name}`}
        type="number"
        min="0"
        placeholder="no limit"
        value={devices()}
        change={(text) => setChanged((before) => ({ ...before, devices: text }))}
      />
      <button
        type="submit"
        aria-label={`Set quotas of ${props.project.name}`}
        disabled={busy() || Object.keys(changed()).length === 0}
      >
        Set quotas
      </button>
    </SmallForm>
  )
}

function limit(text: string): number | null {
  return text.trim() === '' ? null : Number(text)
}

function ofQuota(used: number, quota: number | null): string {
  return quota === null ? `${used}` : `${used} of ${quota}`
}
