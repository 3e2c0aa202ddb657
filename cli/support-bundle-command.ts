import type { Command } from 'commander'
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { arch, cpus, release, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { c } from 'tar'
import { fetchAuthorized } from '../client/client.ts'
import { inspectComponents } from '../components/doctor.ts'
import { isSecretName, MASK, maskSecrets } from '../domain/mask-secrets.ts'
import { Settings } from '../domain/settings.ts'
import { cacheFolder } from '../service/host.ts'
import { endOfLog } from '../service/log.ts'
import { VERSION } from '../service/version.ts'
import { commandContext, output, type CommandContext } from './context.ts'
import { cannotWrite, CommandFailure } from './failure.ts'

/** Adds `redline support-bundle`. */
export function addSupportBundleCommand(program: Command, signal: AbortSignal): void {
  program
    .command('support-bundle [file]')
    .description('write what helps others to help: versions, settings, components, logs; without secrets')
    .option('--tuning <id...>', 'also all that was recorded of these tunings')
    .action(async (given: string | undefined, options: { tuning?: string[] }, command: Command) => {
      const context = await commandContext(command, signal)
      const file = given ?? 'redline-support.tar.gz'
      const tunings = options.tuning ?? []
      const odd = tunings.find((id) => !/^\w+$/.test(id))
      if (odd !== undefined) throw new CommandFailure(`"${odd}" is no id of a tuning: see \`redline list\``)
      const target = await open(file, 'w', 0o600).catch((error: unknown) => {
        throw new CommandFailure(cannotWrite(file, error))
      })
      const folder = await mkdtemp(join(tmpdir(), 'redline-support-'))
      try {
        // One that was there keeps its rights otherwise.
        await target.chmod(0o600)
        const written = await gather(context, folder, tunings)
        await pipeline(c({ gzip: true, cwd: folder, portable: true }, ['.']), target.createWriteStream())
        output(context.json, { file, written }, () => `${file}: ${written.join(', ')}`)
      } finally {
        await target.close()
        await rm(folder, { recursive: true })
      }
    })
}

/** Writes the files of a bundle; what cannot be read is told of in its place. Returns their names. */
async function gather(context: CommandContext, folder: string, tunings: string[]): Promise<string[]> {
  const { settings, signal, baseUrl } = context
  const { env } = process
  const known = Object.entries(env).flatMap(([name, value = '']) => (isSecretName(name) ? [value] : []))
  const written: string[] = []
  const write = async (name: string, read: () => Promise<unknown>) => {
    const content = await read().catch((error: unknown) => `could not be read: ${String(error)}`)
    const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2)
    await writeFile(join(folder, name), maskSecrets(text, known))
    written.push(name)
  }
  /** As the API answers, whatever that is. */
  const asked = (path: string) => async () => {
    const response = await fetchAuthorized(baseUrl + path, { signal: AbortSignal.timeout(20_000) })
    return `${response.status}\n${await response.text()}`
  }
  await write('machine.json', async () => ({
    ...{ redline: VERSION, node: process.version, system: `${process.platform} ${release()} ${arch()}` },
    ...{ cores: cpus().length, cpu: cpus()[0]?.model, memoryGib: Math.round(totalmem() / 2 ** 30) },
    at: new Date().toISOString(),
  }))
  await write('settings.json', async () =>
    Object.fromEntries(
      Object.keys(Settings.shape).flatMap((name) => {
        const value = env[name]
        return value === undefined ? [] : [[name, isSecretName(name) ? MASK : value]]
      }),
    ),
  )
  await write('components.json', () => inspectComponents({ env, cacheDir: cacheFolder(env), signal }))
  await write('ready.txt', asked('/readyz'))
  await write('hosts.txt', asked('/api/v1/hosts'))
  await write('tunings.txt', asked('/api/v1/tunings?limit=50'))
  const logs = join(resolve(settings.REDLINE_HOME), 'logs')
  for (const log of await readdir(logs).catch(() => [])) await write(log, () => endOfLog(join(logs, log)))
  for (const id of tunings) {
    await mkdir(join(folder, id), { recursive: true })
    const path = `/api/v1/tunings/${encodeURIComponent(id)}`
    for (const part of ['overview', 'experiments', 'report'])
      await write(join(id, `${part}.txt`), asked(`${path}/${part}`))
  }
  return written
}
