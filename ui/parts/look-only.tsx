import type { Role } from '../../domain/access.ts'

/** Says what somebody may not do where the way to do it would stand. */
export function LookOnly(props: { doing: string; role: Role }) {
  return (
    <p class="quiet">
      You may look here; {props.doing} needs the role {props.role}.
    </p>
  )
}
