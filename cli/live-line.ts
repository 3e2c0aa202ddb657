import { stderr } from 'node:process'
import { stripVTControlCharacters } from 'node:util'

/** Without a terminal the line cannot be redrawn: it is printed this often at most. */
const PRINT_EVERY_MS = 5000

export interface LiveLine {
  /** Prints a line that stays. */
  print(line: string): void
  refresh(): void
  clear(): void
}

/** A line at the bottom of the terminal that is redrawn in place; into a file it is printed now and then. */
export function liveLine(draw: () => string): LiveLine {
  const isTerminal = stderr.isTTY
  let printedMs = -Infinity
  let last = ''
  const erase = () => isTerminal && stderr.write('\r\u001b[2K')

  function refresh(): void {
    const line = draw()
    if (isTerminal) {
      erase()
      stderr.write(
        stripVTControlCharacters(line).length < stderr.columns
          ? line
          : stripVTControlCharacters(line).slice(0, stderr.columns - 1),
      )
      return
    }
    if (line === '' || line === last || performance.now() - printedMs < PRINT_EVERY_MS) return
    printedMs = performance.now()
    last = line
    stderr.write(`${stripVTControlCharacters(line)}\n`)
  }

  return {
    print(line) {
      erase()
      stderr.write(`${line}\n`)
      refresh()
    },
    refresh,
    clear: () => void erase(),
  }
}
