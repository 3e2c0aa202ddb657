import { chmod, chown, cp, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { ensureDatabase, preparePostgres } from './embedded-postgres.ts'
import type { PostgresCommand } from './embedded-postgres.ts'
import { freePort } from '../runtimes/ports.ts'
import { postgresSource } from './postgres.ts'
import { run, start } from './run.ts'
import type { Child } from './run.ts'
import { writeScript } from './testing.ts'

const env = process.env
vi.setConfig({ testTimeout: 60_000 })

const isRoot = process.getuid?.() === 0
let binDir = ''

beforeAll(async () => {
  const place = await postgresSource.places[1]?.find({
    env,
    cacheDir: '',
    signal: undefined,
    report: () => undefined,
  })
  if (place === undefined || 'absent' in place)
    throw new Error('the npm package of PostgreSQL is not installed')
  binDir = place.path
})

/** A folder on a way that every user may go. */
async function openFolder(): Promise<string> {
  const folder = await temporaryFolder()
  await chmod(folder, 0o755)
  return folder
}

function startServer(postgres: PostgresCommand): Child {
  const { command, args, cwd, uid, gid } = postgres
  const child = start(command, args, {
    env: { ...env, ...postgres.env },
    cwd,
    uid,
    gid,
  })
  onTestFinished(() => child.stop())
  return child
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

test('a new data folder serves the database redline in UTF-8 with a random password, on the loopback only', async () => {
  const dataDir = join(await openFolder(), 'state', 'postgres')
  const postgres = await preparePostgres({ binDir, dataDir, port: await freePort(), env })
  startServer(postgres)
  await ensureDatabase(postgres.databaseUrl)
  await ensureDatabase(postgres.databaseUrl)
  const sql = `SELECT current_database() AS name, current_user AS who, getdatabaseencoding() AS encoding,
    current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets`
  expect(await query(postgres.databaseUrl, sql)).toEqual([
    { name: 'redline', who: 'redline', encoding: 'UTF8', addresses: '127.0.0.1', sockets: '' },
  ])
  expect((await stat(`${dataDir}.password`)).mode & 0o777).toBe(0o600)
  expect(new URL(postgres.databaseUrl).password).toBe(await readFile(`${dataDir}.password`, 'utf8'))
  const wrong = new URL(postgres.databaseUrl)
  wrong.password = 'wrong'
  await expect(ensureDatabase(wrong.href)).rejects.toThrow('password authentication failed')
})

test('after all its processes are killed, the server starts again with what was committed', async () => {
  const dataDir = join(await openFolder(), 'postgres')
  const options = { binDir, dataDir, port: await freePort(), env }
  const first = await preparePostgres(options)
  const server = startServer(first)
  await ensureDatabase(first.databaseUrl)
  await query(first.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await server.stop()
  expect(await readdir(dataDir)).toContain('postmaster.pid')

  const second = await preparePostgres(options)
  expect(second).toEqual(first)
  startServer(second)
  await ensureDatabase(second.databaseUrl)
  expect(await query(second.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test.runIf(process.platform === 'linux')(
  'a stale postmaster.pid whose number now belongs to another process does no harm',
  async () => {
    const dataDir = join(await openFolder(), 'postgres')
    const options = { binDir, dataDir, port: await freePort(), env }
    const { databaseUrl } = await preparePostgres(options)
    const { uid, gid } = await stat(dataDir)
    // A process of the same user, so that PostgreSQL itself could not tell it from a server.
    const other = start('sleep', ['600'], { env, ...(isRoot && { uid, gid }) })
    onTestFinished(() => other.stop())
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const comms = await Promise.all(
      pids.map(async (pid) => [pid, await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')]),
    )
    const pid = comms.findLast(([, comm]) => comm === 'sleep\n')?.[0]
    const pidFile = join(dataDir, 'postmaster.pid')
    await writeFile(pidFile, `${pid}\n${dataDir}\n1700000000\n${options.port}\n\n127.0.0.1\n\nready\n`)
    if (isRoot) await chown(pidFile, uid, gid)

    startServer(await preparePostgres(options))
    await ensureDatabase(databaseUrl)
  },
)

test.runIf(process.platform === 'linux')('a server that runs on the folder already is reported', async () => {
  const dataDir = join(await openFolder(), 'postgres')
  const options = { binDir, dataDir, port: await freePort(), env }
  const postgres = await preparePostgres(options)
  startServer(postgres)
  await ensureDatabase(postgres.databaseUrl)
  const pid = Number.parseInt(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'))
  await expect(preparePostgres(options)).rejects.toThrow(`runs on ${dataDir} already, as process ${pid}`)
})

test('what a kill during the first initialisation left is cleared away', async () => {
  const folder = await openFolder()
  const dataDir = join(folder, 'postgres')
  await mkdir(join(`${dataDir}.new`, 'data', 'base'), { recursive: true })
  await writeFile(`${dataDir}.password.new`, 'half')
  await preparePostgres({ binDir, dataDir, port: 1, env })
  expect((await readdir(folder)).sort()).toEqual(['postgres', 'postgres.password'])
})

test('a folder with other files in it is left alone', async () => {
  const dataDir = join(await openFolder(), 'postgres')
  await mkdir(dataDir)
  await writeFile(join(dataDir, 'precious'), '')
  await expect(preparePostgres({ binDir, dataDir, port: 1, env })).rejects.toThrow('neither empty nor')
  expect(await readdir(dataDir)).toEqual(['precious'])
})

test('a data folder of another major version is an error that names both', async () => {
  const dataDir = join(await openFolder(), 'postgres')
  await mkdir(dataDir)
  await writeFile(join(dataDir, 'PG_VERSION'), '15\n')
  await expect(preparePostgres({ binDir, dataDir, port: 1, env })).rejects.toThrow(
    /made by PostgreSQL 15, and .* 18$/,
  )
})

test('a lost password is an error that names its file', async () => {
  const dataDir = join(await openFolder(), 'postgres')
  await mkdir(dataDir)
  await writeFile(join(dataDir, 'PG_VERSION'), '18\n')
  await expect(preparePostgres({ binDir, dataDir, port: 1, env })).rejects.toThrow(`${dataDir}.password`)
})

test('waiting for a server that never comes ends with its refusal', async () => {
  const url = `postgresql://redline:x@127.0.0.1:${await freePort()}/redline`
  await expect(ensureDatabase(url, { timeoutMs: 100 })).rejects.toThrow('ECONNREFUSED')
})

test.runIf(isRoot && process.platform === 'linux').each([
  { what: 'under a folder that only root may enter', closeFiles: false },
  { what: 'that only root may read', closeFiles: true },
])('as root, programs and data $what serve an unprivileged user', async ({ closeFiles }) => {
  const closed = await temporaryFolder()
  expect((await stat(closed)).mode & 0o777).toBe(0o700)
  const native = join(closed, 'native')
  await cp(join(binDir, '..'), native, { recursive: true, verbatimSymlinks: true })
  if (closeFiles) await run('chmod', ['-R', 'go-rwx', native], { env })
  const dataDir = join(closed, 'state', 'postgres')
  const postgres = await preparePostgres({
    binDir: join(native, 'bin'),
    dataDir,
    port: await freePort(),
    env,
  })
  expect(postgres.command).toMatch(/setpriv$/)
  startServer(postgres)
  await ensureDatabase(postgres.databaseUrl)
  const pid = Number.parseInt(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'))
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const { uid } = await stat(dataDir)
  expect(uid).not.toBe(0)
  expect(status).toContain(`Uid:\t${uid}\t${uid}\t${uid}\t${uid}`)
  // Nothing but CAP_DAC_READ_SEARCH (bit 2), or CAP_DAC_OVERRIDE (bit 1) where that does not do or is not granted.
  expect(status).toMatch(closeFiles ? /CapEff:\t0{15}2\n/ : /CapEff:\t0{15}[24]\n/)
})

test.runIf(isRoot && process.platform === 'linux')(
  'as root without setpriv, the folder that bars the way is named',
  async () => {
    const closed = await temporaryFolder()
    const dataDir = join(closed, 'state', 'postgres')
    const options = { binDir, dataDir, port: 1, env: { ...env, PATH: '/nowhere' } }
    await expect(preparePostgres(options)).rejects.toThrow(/may not enter .*: open that folder/)
  },
)

test.runIf(isRoot && process.platform === 'linux')(
  'as root without the needed capabilities, the folder that bars the way is named',
  async () => {
    const closed = await temporaryFolder()
    const tools = await openFolder()
    await writeScript(
      join(tools, 'setpriv'),
      'echo "setpriv: activate capabilities: Operation not permitted" >&2',
      'exit 1',
    )
    const dataDir = join(closed, 'postgres')
    const options = { binDir, dataDir, port: 1, env: { ...env, PATH: `${tools}:/usr/bin:/bin` } }
    await expect(preparePostgres(options)).rejects.toThrow(/may not enter .*: open that folder/)
  },
)
