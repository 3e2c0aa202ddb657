import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Returns a new folder that goes when the test ends, after what `afterEach` does. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'redline-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
