import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { which } from '../runtimes/which.ts'
import type { PreparePostgresOptions } from './embedded-postgres.ts'
import { run } from './run.ts'

const NOBODY = 65534

/** The user that PostgreSQL runs as, and how a command is run as that user. */
export interface Account {
  /** Set when it is another user than this process's. */
  owner: { uid: number; gid: number } | null
  /** For spawn, when that suffices to become the owner. */
  ids: { uid?: number; gid?: number }
  wrap: (command: string, args: string[]) => { command: string; args: string[] }
}

/** Chooses the user for a data folder: this process's own but as root, as whom PostgreSQL does not run. */
export async function chooseAccount({
  binDir,
  dataDir,
  env,
  signal,
}: Pick<PreparePostgresOptions, 'binDir' | 'dataDir' | 'env' | 'signal'>): Promise<Account> {
  const bare: Account['wrap'] = (command, args) => ({ command, args })
  if (process.getuid?.() !== 0) return { owner: null, ids: {}, wrap: bare }

  const owner = await chooseOwner(dataDir)
  const blocked = (await closedFolder(binDir, owner)) ?? (await closedFolder(dirname(dataDir), owner))
  if (blocked === null) return { owner, ids: owner, wrap: bare }

  // A clone under a folder such as /root: the capability lets the user pass through, and no more if that is granted.
  const setpriv = await which('setpriv', env)
  for (const capability of ['dac_read_search', 'dac_override']) {
    if (setpriv === null) break
    const identity = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups']
    // Without this bit, access(2), by which PostgreSQL looks for its own files, leaves capabilities out of account.
    const capabilities = [
      '--securebits=+no_setuid_fixup',
      `--inh-caps=-all,+${capability}`,
      `--ambient-caps=+${capability}`,
    ]
    const wrap: Account['wrap'] = (command, args) => ({
      command: setpriv,
      args: [...identity, ...capabilities, '--', command, ...args],
    })
    // By way of a shell, since setpriv itself executes with more capabilities than it hands on.
    const probe = wrap('/bin/sh', ['-c', 'exec "$0" --version', join(binDir, 'postgres')])
    const works = await run(probe.command, probe.args, { env, cwd: '/', signal }).then(
      () => true,
      () => false,
    )
    signal?.throwIfAborted()
    if (works) return { owner, ids: {}, wrap }
  }
  throw new Error(
    `PostgreSQL does not run as root, and user ${owner.uid}, as whom it would run, may not enter ${blocked}: ` +
      'open that folder (chmod o+x), or start Redline as another user than root',
  )
}

async function chooseOwner(dataDir: string): Promise<{ uid: number; gid: number }> {
  const existing = await stat(dataDir).catch(() => null)
  if (existing !== null && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid }
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(passwd) ?? []
  return uid === undefined || gid === undefined
    ? { uid: NOBODY, gid: NOBODY }
    : { uid: Number(uid), gid: Number(gid) }
}

/** Returns the first folder on the way to a path that the user may not enter, or null. */
async function closedFolder(
  path: string,
  { uid, gid }: { uid: number; gid: number },
): Promise<string | null> {
  for (const start of new Set([path, await realpath(path)])) {
    for (let folder = start; ; folder = dirname(folder)) {
      const { mode, uid: owner, gid: group } = await stat(folder)
      const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001
      if ((mode & bit) === 0) return folder
      if (folder === dirname(folder)) break
    }
  }
  return null
}
