import { watch } from 'node:fs'
import { join, resolve } from 'node:path'
import type { RunProcess } from './stores.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** Rooms that the API is made of. */
const WATCHED = ['api', 'database', 'domain', 'engines', 'search', 'temporal', 'service']
/** Changes that come within this are one. */
const GATHER_MS = 200

/** Serves the UI with live reload, and tells of changes of the API's source until the signal. Returns where the UI is. */
export function startDevelopment({
  apiUrl,
  port,
  env,
  run,
  onChange,
  signal,
}: {
  apiUrl: string
  port: number
  env: NodeJS.ProcessEnv
  run: RunProcess
  onChange: (file: string) => void
  signal: AbortSignal
}): string {
  run({
    name: 'ui',
    command: process.execPath,
    args: [join(ROOT, 'node_modules/vite/bin/vite.js'), 'ui', '--port', String(port)],
    cwd: ROOT,
    env: { ...env, REDLINE_URL: apiUrl },
  })
  let timer: NodeJS.Timeout | undefined
  for (const folder of WATCHED) {
    watch(join(ROOT, folder), { recursive: true, signal }, (_event, file) => {
      if (file?.endsWith('.ts') !== true || file.endsWith('.test.ts')) return
      clearTimeout(timer)
      timer = setTimeout(() => onChange(`${folder}/${file}`), GATHER_MS)
    })
  }
  return `http://localhost:${port}`
}
