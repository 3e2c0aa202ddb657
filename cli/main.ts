#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

// What was compiled once starts in half the time; threads and child processes are told by the environment.
process.env.NODE_COMPILE_CACHE ??= join(
  process.env.REDLINE_CACHE ?? join(homedir(), '.cache/redline'),
  'compiled',
)
enableCompileCache(process.env.NODE_COMPILE_CACHE)
const { CommanderError } = await import('commander')
const { redlineProgram } = await import('./program.ts')

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())

const program = redlineProgram(stop.signal)
// The other commands bring the service along, which takes longer to load than these two to do their work.
if (!['bench', 'suggest'].includes(process.argv[2] ?? '')) {
  const { addServiceSide } = await import('./service-side.ts')
  addServiceSide(program, stop.signal)
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else {
    const { explainFailure } = await import('./explain-failure.ts')
    if (!stop.signal.aborted) process.stderr.write(`redline: ${explainFailure(error)}\n`)
    process.exitCode = stop.signal.aborted ? 130 : 1
  }
}
