import { spawn } from 'node:child_process'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { connectDocker } from '../runtimes/docker-connect.ts'

const run = promisify(execFile)

/** A Docker engine that tests may use. */
export interface TestDocker {
  /** Its address, as DOCKER_HOST has it. */
  host: string
  /** Ends it, if the tests started it. */
  stop: () => Promise<void>
}

/** Whether whoever runs the tests said that they are to do without Docker. */
export const DOCKER_SKIPPED = process.env.REDLINE_TEST_DOCKER === 'skip'

/**
 * Returns the Docker engine of this machine; where none runs, starts one that shares nothing with others: its own
 * folder, socket and network.
 *
 * @throws {Error} when neither is possible, with what to do.
 */
export async function dockerForTests(): Promise<TestDocker> {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock'
  if (await answers(host)) return { host, stop: () => Promise.resolve() }
  if (process.getuid?.() !== 0 || !(await isOnPath('dockerd'))) {
    throw new Error(
      'These tests need Docker: start it, or run them as root with dockerd installed (Debian: docker.io, iproute2). ' +
        'REDLINE_TEST_DOCKER=skip leaves them out.',
    )
  }
  return startDocker()
}

async function startDocker(): Promise<TestDocker> {
  const folder = await mkdtemp(join(tmpdir(), 'redline-docker-'))
  const host = `unix://${join(folder, 'docker.sock')}`
  // The kernel allows 15 characters. The subnet is one of 250 out of a range kept for tests of networks.
  const bridge = `rl${process.pid}`
  const subnet = process.pid % 250
  await run('ip', ['link', 'add', 'name', bridge, 'type', 'bridge'])
  await run('ip', ['address', 'add', `198.18.${subnet}.1/24`, 'dev', bridge])
  await run('ip', ['link', 'set', bridge, 'up'])
  for (const driver of ['overlay2', 'vfs']) {
    const daemon = spawn(
      'dockerd',
      [
        ...['--host', host, '--pidfile', join(folder, 'pid'), '--storage-driver', driver],
        ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'run'), '--bridge', bridge],
        // Published ports work without the firewall's rules, which another Docker on the machine may need.
        ...['--iptables=false', '--ip6tables=false'],
      ],
      { stdio: ['ignore', openSync(join(folder, 'log'), 'a'), openSync(join(folder, 'log'), 'a')] },
    )
    const ended = once(daemon, 'exit')
    while (daemon.exitCode === null && !(await answers(host))) await setTimeout(50)
    if (daemon.exitCode !== null) continue
    return {
      host,
      async stop() {
        daemon.kill('SIGTERM')
        await ended
        await run('ip', ['link', 'delete', bridge])
        // Containers on the host's network leave that behind, mounted.
        for (const [, place = ''] of (await readFile('/proc/mounts', 'utf8')).matchAll(/^\S+ (\S+)/gm))
          if (place.startsWith(folder)) await run('umount', [place])
        await rm(folder, { recursive: true, force: true, maxRetries: 5 })
      },
    }
  }
  throw new Error(`dockerd does not start:\n${await readFile(join(folder, 'log'), 'utf8')}`)
}

async function answers(host: string): Promise<boolean> {
  return connectDocker(host)
    .calls.ping()
    .then(
      () => true,
      () => false,
    )
}

async function isOnPath(program: string): Promise<boolean> {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => access(join(folder, program)))
  return Promise.any(places).then(
    () => true,
    () => false,
  )
}

/**
 * Returns the layer of an image that holds programs of this machine, at their own paths, with the shared libraries
 * they need: a tar archive as a stream.
 */
export async function programLayer(...programs: string[]) {
  const libraries = await Promise.all(programs.map((program) => sharedLibraries(program)))
  const paths = [...new Set([...programs, ...libraries.flat()])]
  const tar = spawn('tar', ['-c', '-P', '-h', '--no-recursion', ...paths], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return tar.stdout
}

/** Makes an image of programs of this machine. */
export async function importPrograms(host: string, tag: string, ...programs: string[]): Promise<void> {
  const { streams } = connectDocker(host)
  const [repo, version] = tag.split(':')
  const answer = await streams.importImage(await programLayer(...programs), { repo, tag: version })
  for await (const line of answer) {
    if (String(line).includes('"error"')) throw new Error(String(line))
  }
}

async function sharedLibraries(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program])
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? [])
}
