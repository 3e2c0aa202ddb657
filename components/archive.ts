import { mkdir } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar'
import { openPromise } from 'yauzl'

export interface UntarOptions {
  /** Leading folders to take off each name. */
  strip: number
  /** Chooses among the archive's names, as they are before stripping. */
  filter?: (name: string) => boolean
}

/** Extracts a .tar.gz into a folder, which is made if need be. Names that lead out of the folder are refused. */
export async function untar(file: string, into: string, options: UntarOptions): Promise<void> {
  await mkdir(into, { recursive: true })
  await extract({ file, cwd: into, strict: true, ...options })
}

/**
 * Extracts from a .zip what `sink` opens a stream for, given its name in the archive, and returns those names.
 * Every stream is closed when its entry is complete.
 */
export async function unzip(file: string, sink: (name: string) => Writable | null): Promise<string[]> {
  const zip = await openPromise(file)
  const names: string[] = []
  try {
    for await (const entry of zip.eachEntry()) {
      const output = entry.fileName.endsWith('/') ? null : sink(entry.fileName)
      if (output === null) continue
      await pipeline(await zip.openReadStreamPromise(entry), output)
      names.push(entry.fileName)
    }
  } finally {
    zip.close()
  }
  return names
}
