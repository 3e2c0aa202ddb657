import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a file that is there whole or not at all, however this process ends; the folders above it are made. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const partial = `${path}.${randomUUID()}`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(partial, content)
  await rename(partial, path)
}
