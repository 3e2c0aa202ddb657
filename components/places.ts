import { access, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Place, Search } from './component.ts'
import { isExecutable, which } from '../runtimes/which.ts'

/** Says in a folder of the cache, for people, where its files came from. */
export const ORIGIN_FILE = 'ORIGIN'

/** What the user named in an environment variable: a file, or a folder, that `check` accepts. */
export function configuredPlace(variable: string, check: (path: string) => Promise<void>): Place {
  return {
    layer: 'configured',
    find: async ({ env }) => {
      const value = env[variable]
      if (value === undefined || value === '') return { absent: `${variable} is not set` }
      const path = resolve(value)
      await check(path).catch((error: unknown) => {
        throw new Error(
          `${variable} is ${value}, but ${error instanceof Error ? error.message : String(error)}`,
        )
      })
      return { path, detail: `set by ${variable}` }
    },
  }
}

/** The first executable of that name on PATH. */
export function pathPlace(name: string): Place {
  return {
    layer: 'path',
    find: async ({ env }) => {
      const path = await which(name, env)
      return path === null ? { absent: `no ${name} on PATH` } : { path, detail: 'on PATH' }
    },
  }
}

/** What an earlier start fetched or built. */
export function cachePlace(file: (search: Search) => Promise<string>): Place {
  return {
    layer: 'cache',
    find: async (search) => {
      const path = await file(search)
      if (!(await exists(path))) return { absent: `no ${path}` }
      const origin = await readFile(join(dirname(path), ORIGIN_FILE), 'utf8').catch(() => 'fetched earlier')
      return { path, detail: origin.trim() }
    },
  }
}

/** Throws unless the path is an executable file. */
export async function requireExecutable(path: string): Promise<void> {
  if (!(await isExecutable(path))) throw new Error('that is no executable file')
}

/** Returns whether there is anything at the path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
