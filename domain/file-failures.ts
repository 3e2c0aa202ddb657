import { messageOf } from './message-of.ts'

/** Says why a file could not be read. */
export function cannotRead(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return `there is no file ${file}`
  if (code === 'EISDIR') return `${file} is a folder: name a file in it`
  return `cannot read ${file}: ${messageOf(error)}`
}
