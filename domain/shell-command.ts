/** Writes a command for a POSIX shell, each argument quoted where it needs to be, variables before it. */
export function shellCommand(command: string[], env: Record<string, string> = {}): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`)
  return [...variables, ...command.map(quoted)].join(' ')
}

function quoted(part: string): string {
  return /^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", `'\\''`)}'`
}
