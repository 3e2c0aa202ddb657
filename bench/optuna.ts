import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { cacheFolder } from '../service/host.ts'
import { SURFACE_PROBLEM, type SurfaceRow } from './real-surface.ts'

const OPTUNA = 'optuna==5.0.0'
const run = promisify(execFile)

/** Returns, per seed, the numbers of the rows that Optuna's TPE asks for in turn; throws where Python or it cannot be had. */
export async function optunaRuns(rows: SurfaceRow[], seeds: number[], trials: number): Promise<number[][]> {
  const python = await environment()
  const script = fileURLToPath(new URL('./optuna-tpe.py', import.meta.url))
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(`${JSON.stringify({ problem: SURFACE_PROBLEM, rows, seeds, trials })}\n`)
  const lines = (await text(child.stdout)).trim().split('\n')
  return lines.map((line) => z.array(z.int()).parse(JSON.parse(line)))
}

/** Returns the Python of a virtual environment with Optuna, made the first time. */
async function environment(): Promise<string> {
  const folder = join(cacheFolder(process.env), 'bench', 'optuna-5.0.0')
  const python = join(folder, 'bin', 'python')
  if (existsSync(join(folder, 'ready'))) return python
  await rm(folder, { recursive: true, force: true })
  await run('python3', ['-m', 'venv', folder])
  await run(python, ['-m', 'pip', 'install', '--quiet', OPTUNA])
  await run('touch', [join(folder, 'ready')])
  return python
}
