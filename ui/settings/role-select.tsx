import { For } from 'solid-js'
import type { Schemas } from '../../client/client.ts'

type Role = Schemas['User']['role']

const ROLES: Role[] = ['viewer', 'operator', 'admin']

/** Chooses what somebody may do. */
export function RoleSelect(props: { label: string; value: Role; onChoose: (role: Role) => void }) {
  return (
    <label class="inline">
      <span>{props.label}</span>
      <select
        value={props.value}
        onChange={(event) => {
          const chosen = ROLES.find((role) => role === event.currentTarget.value)
          if (chosen !== undefined) props.onChoose(chosen)
        }}
      >
        <For each={ROLES}>{(role) => <option value={role}>{role}</option>}</For>
      </select>
    </label>
  )
}
