import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../components/run.ts'

/**
 * Returns the folder of programs of a PyPI package in a virtual environment of its own in the cache, which is made first
 * where it is not there, with the other requirements. Throws with the reason when it cannot be installed.
 */
export async function installPython(
  cacheDir: string,
  name: string,
  version: string,
  others: string[] = [],
): Promise<string> {
  const folder = join(cacheDir, 'peers', `${name}-${version}`)
  const programs = join(folder, 'bin')
  const complete = join(folder, 'COMPLETE')
  const isComplete = await access(complete).then(
    () => true,
    () => false,
  )
  if (isComplete) return programs
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const { env } = process
  await run('python3', ['-m', 'venv', folder], { env })
  await run(join(programs, 'python'), ['-m', 'pip', 'install', '-q', `${name}==${version}`, ...others], {
    env,
  })
  await writeFile(complete, '')
  return programs
}
