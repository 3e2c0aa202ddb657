import { createSignal, onCleanup, type Accessor } from 'solid-js'

/** What can be done from the keyboard. */
export interface Command {
  name: string
  /** What kind of thing it is, or what it does. */
  hint: string
  run: () => void
}

const [offered, setOffered] = createSignal<readonly Accessor<Command[]>[]>([])

/** Offers commands for as long as the component that asks is on the page. */
export function useCommands(commands: Accessor<Command[]>): void {
  setOffered((all) => [...all, commands])
  onCleanup(() => setOffered((all) => all.filter((other) => other !== commands)))
}

/** What the page that is shown offers now. */
export function pageCommands(): Command[] {
  return offered().flatMap((commands) => commands())
}

/** Keeps the commands that have every word of a text in their name or hint; those that begin with it come first. Pure. */
export function matching(commands: readonly Command[], text: string): Command[] {
  const wanted = text.trim().toLowerCase()
  const words = wanted.split(/\s+/)
  const begins = ({ name }: Command) => name.toLowerCase().startsWith(wanted)
  return commands
    .filter(({ name, hint }) => words.every((word) => `${name} ${hint}`.toLowerCase().includes(word)))
    .toSorted((a, b) => Number(begins(b)) - Number(begins(a)))
}
