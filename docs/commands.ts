import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

/** A page as it is in the repository. */
export interface Document {
  name: string
  text: string
}

/** Returns the documents of the repository; the reference is written from code and no part of it. */
export async function documents(): Promise<Document[]> {
  const names: string[] = []
  for await (const name of glob(['*.md', 'docs/**/*.md'], { cwd: ROOT, exclude: ['docs/reference/**'] }))
    names.push(name)
  return Promise.all(
    names.toSorted().map(async (name) => ({ name, text: await readFile(join(ROOT, name), 'utf8') })),
  )
}

/** Returns the commands in a document's blocks of them (`sh`), those of several lines put together. */
export function commandsOf({ text }: Document): string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.replace(/(^|\s+)# .*$/, ''))
      .filter((line) => line !== ''),
  )
}
