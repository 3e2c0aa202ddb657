import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../runtimes/ports.ts'

/** A server that is measured: a process of its own, kept on the first core. */
export interface ServerProcess {
  name: string
  port: number
  pid: number
  headers: Record<string, string>
  stop(): Promise<void>
}

export interface ServerStart {
  name: string
  program: string
  /** The file of this folder that the program runs; it is told the database's address and the port. */
  file: string
  databaseUrl: string
  /** What it answers once it is ready. */
  path: string
  headers?: Record<string, string>
}

/** Starts a server and waits until it answers. */
export async function startServer(start: ServerStart): Promise<ServerProcess> {
  const { name, program, file, databaseUrl, path, headers = {} } = start
  const port = await freePort()
  const args = ['-c', '0', program, join(import.meta.dirname, file), databaseUrl, String(port)]
  const child = spawn('taskset', args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  for (let tries = 0; ; tries++) {
    const answered = await fetch(`http://127.0.0.1:${port}${path}`, { headers }).catch(() => null)
    if (answered?.ok === true) break
    if (tries === 300 || child.exitCode !== null) throw new Error(`${name} does not answer`)
    await setTimeout(100)
  }
  return {
    name,
    port,
    headers,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
