import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { StartError } from './runtime.ts'

/** Where Docker's socket usually is: who can write to it is root on the host. */
const DOCKER_SOCKETS = ['/var/run/docker.sock', '/run/docker.sock']

/** A folder or file of the host as it appears in a container. */
export interface Mount {
  host: string
  container: string
  writable: boolean
}

/**
 * Returns what a path of the host leads to, when that may be mounted: a file or folder within one of the `allowed`
 * folders or files, once all links are followed. Docker's socket never may, nor a folder that holds it.
 *
 * @throws {StartError} when the path is not there or not allowed.
 */
export async function allowedMount(path: string, allowed: string[]): Promise<string> {
  const real = await followed(path)
  const allowedReal = await Promise.all(allowed.map(followed))
  if (real === null) {
    throw new StartError('not_allowed', `there is no ${path} on the host`, 'Check the path in the request.')
  }
  const stats = await stat(real)
  if (!allowedReal.some((folder) => folder !== null && isWithin(real, folder))) {
    throw new StartError(
      'not_allowed',
      `${path} may not be mounted into a container${real === path ? '' : ` (it leads to ${real})`}`,
      'Whoever runs the worker allows folders with REDLINE_VOLUMES, such as /models:/datasets.',
    )
  }
  const sockets = await Promise.all(DOCKER_SOCKETS.map(followed))
  if (
    !(stats.isFile() || stats.isDirectory()) ||
    sockets.some((socket) => socket !== null && isWithin(socket, real))
  ) {
    throw new StartError(
      'not_allowed',
      `${path} may not be mounted: it is no plain file or folder, or holds the socket of Docker`,
      'Mount a folder of data.',
    )
  }
  return real
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : join(folder, sep))
}

async function followed(path: string): Promise<string | null> {
  return realpath(path).catch(() => null)
}
