#!/usr/bin/env node
// The command: runs the CLI on the Node 24 that came with the packages, whatever Node runs this.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

if (process.versions.node.startsWith('24.')) await run()
else runOnNode24()

/** What was compiled once starts in half the time; threads and child processes are told by the environment. */
async function run() {
  process.env.NODE_COMPILE_CACHE ??= join(
    process.env.REDLINE_CACHE ?? join(homedir(), '.cache/redline'),
    'compiled',
  )
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  await import('./main.ts')
}

function runOnNode24() {
  const node = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
  if (!existsSync(node)) {
    process.stderr.write('redline: packages are not installed: run `npm run setup` first\n')
    process.exit(1)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
}
