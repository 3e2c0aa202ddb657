const SHAPES: Record<string, string> = {
  pending: '◌',
  running: '▶',
  paused: '‖',
  cancelling: '◩',
  completed: '✓',
  cancelled: '⊘',
  failed: '✕',
  active: '▶',
  missing: '✕',
  alive: '●',
  gone: '○',
  draining: '◩',
  delivered: '✓',
}

/** A state as a word, a shape and a colour. */
export function StateBadge(props: { state: string; detail?: string }) {
  return (
    <span class={`badge state-${props.state}`}>
      <span aria-hidden="true">{`${SHAPES[props.state] ?? '•'}\uFE0E`}</span> {props.state}
      {props.detail === undefined ? '' : ` · ${props.detail}`}
    </span>
  )
}
