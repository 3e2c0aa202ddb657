import { For } from 'solid-js'
import { ROLES, type Role } from '../../domain/access.ts'

/** Chooses what somebody may do; `upTo` is the most that may be given. */
export function RoleSelect(props: {
  label: string
  value: Role
  upTo?: Role
  onChoose: (role: Role) => void
}) {
  const offered = () => ROLES.slice(0, ROLES.indexOf(props.upTo ?? 'admin') + 1)
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
        <For each={offered()}>
          {(role) => (
            <option value={role} selected={role === props.value}>
              {role}
            </option>
          )}
        </For>
      </select>
    </label>
  )
}
