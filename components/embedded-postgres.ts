import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readFile, readdir, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { chooseAccount, type Account } from './postgres-account.ts'
import { run } from './run.ts'

const NAME = 'redline' // of the database and of its owner
const STRAGGLERS_TIMEOUT_MS = 10_000
const POLL_MS = 50

export interface PreparePostgresOptions {
  /** The folder that holds `initdb` and `postgres`. */
  binDir: string
  /** Made when it is missing, with its parents; the password lies beside it in `<dataDir>.password`. */
  dataDir: string
  port: number
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
}

/** How to start a process. */
export interface PostgresCommand {
  command: string
  args: string[]
  cwd: string
  /** To be added to the environment. */
  env: Record<string, string>
  /** The user and group to run as, when they are others than this process's. */
  uid?: number
  gid?: number
  /** Ends open sessions and stops the server in order; SIGTERM would wait for the sessions. */
  stopSignal: 'SIGINT'
  /** Holds the password. The database itself is made by {@link ensureDatabase} once the server runs. */
  databaseUrl: string
}

/**
 * Makes the data folder ready and returns how to run PostgreSQL on it, listening on 127.0.0.1 only. As root, which
 * PostgreSQL refuses, it runs as an unprivileged user to whom the data folder belongs. Killed at any moment, it can
 * be called again; one process at a time may call it for a folder.
 *
 * @throws {Error} when a server runs on the folder already, such as one that outlived its supervisor; when the folder was
 * made by another major version, has lost its password, or cannot be reached by the user that PostgreSQL would run as.
 */
export async function preparePostgres(given: PreparePostgresOptions): Promise<PostgresCommand> {
  const options = { ...given, binDir: resolve(given.binDir), dataDir: resolve(given.dataDir) }
  const { binDir, dataDir, port, env } = options
  await mkdir(dirname(dataDir), { recursive: true })
  const account = await chooseAccount(options)
  const passwordFile = `${dataDir}.password`
  const initialised = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => null)
  if (initialised === null) {
    await createPassword(passwordFile)
    await initialise(options, account, passwordFile)
  } else {
    await requireMajor(binDir, dataDir, initialised.trim(), env)
    await clearStalePid(dataDir, options.signal)
  }
  const password = await readFile(passwordFile, 'utf8').catch(() => {
    throw new Error(`${passwordFile}, the password of the database in ${dataDir}, is missing; restore it`)
  })
  const args = [
    '-D',
    dataDir,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'unix_socket_directories=',
  ]
  return {
    ...account.wrap(join(binDir, 'postgres'), args),
    ...account.ids,
    // The working folder of this process may be closed to the other user.
    cwd: '/',
    env: { LC_ALL: 'C' },
    stopSignal: 'SIGINT',
    databaseUrl: urlOf(password, port),
  }
}

/** Returns where the server that runs on a data folder is reached; null when none does. */
export async function runningDatabaseUrl(dataDir: string): Promise<string | null> {
  try {
    // The fourth line is the port.
    const [, , , port = ''] = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')
    return urlOf(await readFile(`${dataDir}.password`, 'utf8'), Number(port))
  } catch {
    return null
  }
}

function urlOf(password: string, port: number): string {
  return `postgresql://${NAME}:${password}@127.0.0.1:${port}/${NAME}`
}

/**
 * Waits until the server accepts connections, then creates the URL's database unless it exists.
 *
 * @throws {Error} the server's refusal, or the last connection error after `timeoutMs` (default 30 s).
 */
export async function ensureDatabase(
  databaseUrl: string,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const url = new URL(databaseUrl)
  const name = decodeURIComponent(url.pathname.slice(1))
  url.pathname = '/postgres'
  const client = await connect(url.href, performance.now() + (options.timeoutMs ?? 30_000), options.signal)
  try {
    const existing = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (existing.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`)
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== '42P04') throw error
  } finally {
    await client.end()
  }
}

async function connect(url: string, deadline: number, signal: AbortSignal | undefined): Promise<pg.Client> {
  for (;;) {
    signal?.throwIfAborted()
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => undefined)
      const starting = ['ECONNREFUSED', 'ECONNRESET', '57P03'].includes(codeOf(error))
      if (!starting || performance.now() > deadline) throw error
      await setTimeout(POLL_MS, undefined, { signal })
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

async function createPassword(path: string): Promise<void> {
  if ((await stat(path).catch(() => null)) !== null) return
  const partial = `${path}.new`
  const file = await open(partial, 'w', 0o600)
  try {
    await file.writeFile(randomBytes(24).toString('hex'))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(partial, path)
}

async function initialise(
  options: PreparePostgresOptions,
  account: Account,
  passwordFile: string,
): Promise<void> {
  const { binDir, dataDir, env, signal } = options
  if ((await stat(dataDir).catch(() => null)) !== null && (await readdir(dataDir)).length > 0) {
    throw new Error(`${dataDir} is neither empty nor a PostgreSQL data folder`)
  }
  const staging = `${dataDir}.new`
  // What a killed process left.
  await rm(staging, { recursive: true, force: true })
  await mkdir(staging, { mode: 0o700 })
  try {
    const pwfile = join(staging, 'password')
    const file = await open(pwfile, 'wx', 0o600)
    await file.writeFile(await readFile(passwordFile))
    await file.close()
    if (account.owner !== null) {
      for (const path of [staging, pwfile]) await chown(path, account.owner.uid, account.owner.gid)
    }
    const data = join(staging, 'data')
    const { command, args } = account.wrap(join(binDir, 'initdb'), [
      ...['--pgdata', data, '--username', NAME, '--pwfile', pwfile, '--auth', 'scram-sha-256'],
      // The C locale sorts alike on every machine, whatever its C library.
      ...['--encoding', 'UTF8', '--no-locale'],
    ])
    await run(command, args, {
      env: { ...env, LC_ALL: 'C' },
      cwd: '/',
      ...account.ids,
      signal,
    })
    await rename(data, dataDir)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function requireMajor(
  binDir: string,
  dataDir: string,
  made: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const output = await run(join(binDir, 'postgres'), ['--version'], { env, cwd: '/' })
  const major = /\(PostgreSQL\) (\d+)/.exec(output)?.[1]
  if (major === made) return
  throw new Error(
    `${dataDir} was made by PostgreSQL ${made}, and ${binDir} holds PostgreSQL ${major ?? 'unknown'}`,
  )
}

// After a kill, the number in postmaster.pid may by now belong to any process, for which PostgreSQL would not start.
async function clearStalePid(dataDir: string, signal: AbortSignal | undefined): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid')
  const deadline = performance.now() + STRAGGLERS_TIMEOUT_MS
  for (;;) {
    const text = await readFile(pidFile, 'utf8').catch(() => null)
    if (text === null || process.platform !== 'linux') return
    const pid = Number.parseInt(text)
    const pids = await serverProcesses(dataDir)
    if (pids.includes(pid)) throw runsAlready(dataDir, pid)
    if (pids.length === 0) return rm(pidFile, { force: true })
    // Sessions of a killed server end by themselves.
    if (performance.now() > deadline) throw runsAlready(dataDir, pids[0] ?? pid)
    await setTimeout(POLL_MS, undefined, { signal })
  }
}

function runsAlready(dataDir: string, pid: number): Error {
  return new Error(`PostgreSQL runs on ${dataDir} already, as process ${pid}`)
}

/** Returns the processes of a PostgreSQL server on that data folder, where each of them works. */
async function serverProcesses(dataDir: string): Promise<number[]> {
  const folder = await realpath(dataDir)
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const isServer = async (pid: number) => {
    const [name, cwd] = await Promise.all([
      readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''),
      readlink(`/proc/${pid}/cwd`).catch(() => ''),
    ])
    return name.trim() === 'postgres' && cwd === folder
  }
  const flags = await Promise.all(pids.map(isServer))
  return pids.filter((_, index) => flags[index] === true)
}
