import type { Command } from 'commander'
import { createInterface } from 'node:readline'

/** Adds the command that lets any program use the search, by JSON lines. */
export function addSuggestCommand(program: Command): void {
  program
    .command('suggest')
    .description('ask and tell the search by JSON lines on stdin and stdout (docs/search.md)')
    .exitOverride()
    .action(async () => {
      const { AskTell } = await import('../search/ask-tell.ts')
      const session = new AskTell()
      for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
        if (line.trim() === '') continue
        await write(`${JSON.stringify(session.answer(line))}\n`)
      }
    })
}

/** Resolves when the text has left the process's own buffer, so that a slow reader is waited for. */
async function write(text: string): Promise<void> {
  if (process.stdout.write(text)) return
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve))
}
