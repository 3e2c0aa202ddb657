import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { InstalledEngine } from '../activities/engine-activities.ts'
import { run } from '../components/run.ts'
import { which } from '../runtimes/which.ts'
import { EngineParameter } from '../domain/engine-parameter.ts'
import { messageOf } from '../domain/message-of.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import type { Engine } from '../engines/engine.ts'
import { catalogueFromHelp } from '../engines/help.ts'
import { ENGINES } from '../engines/index.ts'
import { KeptByKey } from '../runtimes/kept-by-key.ts'

type EngineKind = TuningSpec['engine']['kind']

/** A Python program may take half a minute to say its version when its files are not in memory yet. */
const ANSWER_WITHIN_MS = 60_000

export interface SearchOptions {
  env: NodeJS.ProcessEnv
  /** Keeps what programs said of themselves: vLLM takes many seconds for it. */
  cacheDir: string
  signal: AbortSignal
  /** Programs that were found already. */
  known: Partial<Record<EngineKind, { path: string; version: string | null }>>
  /** Told of each program that is there and does not answer. */
  onTrouble: (text: string) => void
}

/** Finds the engines of this host and asks each for its version and its flags; one that does not answer is used as it is. */
export async function findInstalledEngines(
  options: SearchOptions,
): Promise<Partial<Record<EngineKind, InstalledEngine>>> {
  const found = await Promise.all(
    Object.values(ENGINES).map(async (engine) => {
      const known = options.known[engine.kind]
      const path = known?.path ?? (await programOf(engine, options.env))
      if (path === null) return null
      const { version, parameters } = await describe(engine, path, options)
      return { kind: engine.kind, installed: { path, version: known?.version ?? version, parameters } }
    }),
  )
  const engines: Partial<Record<EngineKind, InstalledEngine>> = {}
  for (const entry of found) if (entry !== null) engines[entry.kind] = entry.installed
  return engines
}

async function programOf({ program, variable }: Engine, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (program === null) return null
  const configured = env[variable ?? '']
  return configured !== undefined && configured !== '' ? configured : which(program, env)
}

const Description = z.object({ version: z.string().nullable(), parameters: z.array(EngineParameter) })
type Description = z.infer<typeof Description>

/** Returns what a program says of itself, kept until its file changes or the built-in catalogue does. */
async function describe(engine: Engine, path: string, options: SearchOptions): Promise<Description> {
  const { cacheDir, onTrouble } = options
  const kept = new KeptByKey(join(cacheDir, 'engines'), 'json', Description)
  try {
    const { mtimeMs, size } = await stat(path)
    const about = JSON.stringify([path, mtimeMs, size, engine.parameters])
    const key = createHash('sha256').update(about).digest('hex').slice(0, 24)
    const known = await kept.get(key)
    if (known !== null) return known
    const description = await ask(engine, path, options)
    await kept.set(key, description)
    return description
  } catch (error) {
    options.signal.throwIfAborted()
    onTrouble(`${path} does not say what it can do: ${messageOf(error)}`)
    return { version: null, parameters: engine.parameters }
  }
}

async function ask(engine: Engine, path: string, { env, signal }: SearchOptions): Promise<Description> {
  const lines: string[] = []
  const options = { env, signal, timeoutMs: ANSWER_WITHIN_MS }
  const [version] = await Promise.all([
    run(path, engine.version.args, options),
    // run() keeps the end of a long output only.
    run(path, engine.helpArgs, { ...options, onLine: (line) => void lines.push(line) }),
  ])
  return {
    version: engine.version.pattern.exec(version)?.[1] ?? null,
    parameters: catalogueFromHelp(engine, lines.join('\n')),
  }
}
