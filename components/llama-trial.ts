import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { anySignal } from './any-signal.ts'
import type { Search, Trial } from './component.ts'
import { readCpu } from './cpu.ts'
import { freePort } from '../runtimes/ports.ts'
import { writeWhole } from '../runtimes/whole-file.ts'
import { exists } from './places.ts'
import { CommandError, start } from './run.ts'

const READY_TIMEOUT_MS = 120_000
const COMPLETION_TIMEOUT_MS = 60_000
const DEATH_KNOWN_MS = 1000
const POLL_MS = 50

const Completion = z.object({ usage: z.object({ completion_tokens: z.number() }) })

/**
 * A real completion by the real binary: one that was compiled for another CPU starts, loads the model, and dies at its
 * first token. The record of a trial that passed holds for this CPU and this very file.
 */
export const llamaTrial: Trial = {
  passed: async (path, search) => exists(await recordFile(path, search)),
  run: async (path, search, model) => {
    const file = await model()
    search.report('trying a completion')
    await tryCompletion(path, file, search)
  },
  record: async (path, search) => writeWhole(await recordFile(path, search), `${path}\n`),
}

async function recordFile(path: string, { env, cacheDir }: Search): Promise<string> {
  const [{ key }, { size, mtimeMs }] = await Promise.all([readCpu(env), stat(path)])
  const name = createHash('sha256').update([key, path, size, mtimeMs].join('\n')).digest('hex')
  return join(cacheDir, 'llama-server', 'trials', name)
}

type TrialOptions = Pick<Search, 'env' | 'signal'>

/**
 * Starts the server on a free port of 127.0.0.1, asks for eight tokens, and kills it.
 *
 * @throws {Error} with what the server said when it dies, stays silent for two minutes, or answers without a token; with
 * the signal's reason when that aborts.
 */
export async function tryCompletion(binary: string, model: string, options: TrialOptions): Promise<void> {
  await tryOnce(binary, model, options).catch((error: unknown) => {
    const portTaken = error instanceof CommandError && error.output.includes("couldn't bind")
    if (!portTaken) throw error
    return tryOnce(binary, model, options)
  })
}

async function tryOnce(binary: string, model: string, { env, signal }: TrialOptions): Promise<void> {
  signal?.throwIfAborted()
  const port = await freePort()
  const args = ['--model', model, '--host', '127.0.0.1', '--port', String(port), '--ctx-size', '512']
  const server = start(binary, args, { env: withoutLlamaSettings(env) })
  const died = server.exited.then((exit): never => {
    throw new CommandError('llama-server', exit, server.output())
  })
  died.catch(() => undefined)
  const finished = new AbortController()
  const limits = anySignal(finished.signal, signal)
  try {
    await Promise.race([died, untilReady(port, limits)])
    await Promise.race([died, complete(port, limits)])
  } catch (error) {
    signal?.throwIfAborted()
    // A connection breaks a moment before the end of the process is known.
    if (error instanceof TypeError)
      await Promise.race([died, setTimeout(DEATH_KNOWN_MS, undefined, { signal })])
    throw error
  } finally {
    finished.abort()
    await server.stop()
  }
}

async function untilReady(port: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadline) {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal }).catch(() => null)
    if (response?.ok === true) return
    await setTimeout(POLL_MS, undefined, { signal })
  }
  throw new Error(`llama-server was not ready within ${READY_TIMEOUT_MS / 1000} s`)
}

async function complete(port: number, signal: AbortSignal): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Count to eight.' }], max_tokens: 8 }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(COMPLETION_TIMEOUT_MS)]),
  })
  const answer: unknown = await response.json()
  const completion = Completion.safeParse(answer)
  if (!response.ok || !completion.success || completion.data.usage.completion_tokens < 1) {
    throw new Error(
      `llama-server completed nothing: HTTP ${response.status}, ${JSON.stringify(answer).slice(0, 300)}`,
    )
  }
}

// Settings such as LLAMA_ARG_HF_REPO or LLAMA_API_KEY would make it another server than the one to be tried.
function withoutLlamaSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LLAMA_')))
}
