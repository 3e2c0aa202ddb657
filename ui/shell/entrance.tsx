import { createSignal, type JSX } from 'solid-js'
import { ProblemNote } from '../parts/problem-note.tsx'
import { createAsk } from '../state/ask.ts'

/** A form that lets somebody in: name and password. */
export function Entrance(props: {
  title: string
  text: JSX.Element
  button: string
  newPassword: boolean
  enter: (given: { name: string; password: string }) => Promise<void>
}) {
  const { busy, error, ask } = createAsk()
  const [name, setName] = createSignal('')
  const [password, setPassword] = createSignal('')
  return (
    <section class="panel entrance">
      <h1>{props.title}</h1>
      <p class="quiet">{props.text}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void ask(() => props.enter({ name: name().trim(), password: password() }))
        }}
      >
        <label>
          <span>Name</span>
          <input
            name="name"
            type="text"
            required
            autocomplete="username"
            autocapitalize="none"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label>
          <span>Password</span>
          <input
            name="password"
            type="password"
            required
            onInput={(event) => setPassword(event.currentTarget.value)}
            minLength={props.newPassword ? 12 : 1}
            autocomplete={props.newPassword ? 'new-password' : 'current-password'}
          />
        </label>
        <ProblemNote error={error()} />
        <button type="submit" class="primary" disabled={busy()}>
          {props.button}
        </button>
      </form>
    </section>
  )
}
