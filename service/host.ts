import { homedir, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { readSettings, type Settings } from '../domain/settings.ts'
import { createRuntimes, type Runtimes } from '../runtimes/index.ts'

/** The folder of everything that is downloaded or built, shared by all checkouts. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const { REDLINE_CACHE: configured } = readSettings(env)
  return resolve(configured ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'redline'))
}

/** The name of this host among workers. */
export function hostName(settings: Settings): string {
  return settings.REDLINE_HOST_NAME ?? hostname()
}

/** The ways to start engines on this host; containers may see the folders that it allows, and the models given. */
export function hostRuntimes(settings: Settings, models: Record<string, string>): Runtimes {
  return createRuntimes({
    folder: join(resolve(settings.REDLINE_HOME), 'engines', hostName(settings)),
    mountable: [...settings.REDLINE_VOLUMES, ...Object.values(models)],
    dockerHost: settings.DOCKER_HOST,
  })
}
