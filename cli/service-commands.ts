import type { Command } from 'commander'
import { inspectComponents, type ComponentStatus } from '../components/doctor.ts'
import type { ComponentName, Found } from '../components/component.ts'
import { durationMs } from '../domain/duration.ts'
import { allowedBy, providerOf, readSettings, type Settings } from '../domain/settings.ts'
import { runApi } from '../service/api-process.ts'
import { cacheFolder, hostName, hostRuntimes } from '../service/host.ts'
import { findInstalledEngines } from '../service/installed-engines.ts'
import { createLogger } from '../service/log.ts'
import { startService, type Service } from '../service/up.ts'
import { VERSION } from '../service/version.ts'
import { runWorker } from '../service/worker-process.ts'
import { commandContext, output, untilAborted } from './context.ts'
import { runDemo } from './demo.ts'
import { CommandFailure } from './failure.ts'
import { colour } from './format.ts'
import { addresses, serviceMessages } from './service-messages.ts'

const MODEL_NAME = 'gemma-3-270m'

/** Adds the commands that run the service or parts of it on this machine. */
export function addServiceCommands(program: Command, signal: AbortSignal): void {
  program
    .command('up')
    .description('run the whole service on this machine')
    .option('--dev', 'restart the API and reload the UI on change')
    .action(async (options: { dev?: boolean }) => {
      const service = await start(options.dev === true, signal)
      process.stdout.write(`${addresses(service)}\nstate in ${service.home}; Ctrl-C stops everything\n`)
      await untilAborted(signal)
      process.stderr.write('stopping\n')
      await service.stop()
    })

  program
    .command('demo')
    .description('tune llama.cpp serving Gemma 3 270M on this machine, from nothing')
    .option('--exit', 'stop the service after the report')
    .option('--file <file>', 'another request than examples/demo.yaml')
    .action(async (options: { exit?: boolean; file?: string }, command: Command) => {
      await runDemo(await commandContext(command, signal), options, () => start(false, signal))
    })

  program
    .command('worker')
    .description('run the worker of this host (DATABASE_URL and TEMPORAL_ADDRESS say where the rest is)')
    .action(async () => {
      const settings = readSettings(process.env)
      const { databaseUrl, temporal } = places(settings)
      const log = createLogger('worker', settings.REDLINE_LOG_LEVEL)
      const { model, 'llama-server': llamaServer } = await foundHere(signal)
      const models: Record<string, string> = model === undefined ? {} : { [MODEL_NAME]: model.path }
      const engines = await findInstalledEngines({
        env: process.env,
        cacheDir: cacheFolder(process.env),
        signal,
        known: llamaServer === undefined ? {} : { 'llama.cpp': llamaServer },
        onTrouble: (text) => log.warn(text),
      })
      await runWorker(
        {
          databaseUrl,
          temporal,
          host: hostName(settings),
          runtimes: hostRuntimes(settings, models),
          engines,
          models,
          labels: settings.REDLINE_LABELS,
          cpuShares: settings.REDLINE_CPU_SHARES,
          hostLostAfterMs: durationMs(settings.REDLINE_HOST_LOST_AFTER),
          continueAfterEvents: settings.REDLINE_CONTINUE_AFTER_EVENTS,
          repeatDisturbed: settings.REDLINE_REPEAT_DISTURBED,
          retentionDays: settings.REDLINE_RETENTION_DAYS,
          deletedDays: settings.REDLINE_DELETED_DAYS,
          privateNetworks: settings.REDLINE_PRIVATE_NETWORKS,
          allowed: allowedBy(settings),
          version: VERSION,
          traced: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
          metricsListen: settings.REDLINE_METRICS_LISTEN,
          log,
        },
        endOfService(signal),
      )
    })

  program
    .command('api')
    .description('run the API and the UI (DATABASE_URL and TEMPORAL_ADDRESS say where the rest is)')
    .action(async () => {
      const settings = readSettings(process.env)
      const { databaseUrl, temporal } = places(settings)
      await runApi(
        {
          databaseUrl,
          temporal,
          temporalUiUrl: settings.TEMPORAL_UI_URL,
          listen: settings.REDLINE_LISTEN,
          port: settings.REDLINE_PORT,
          host: hostName(settings),
          models: process.env.REDLINE_MODEL === undefined ? {} : { [MODEL_NAME]: process.env.REDLINE_MODEL },
          proxies: settings.REDLINE_PROXIES,
          allowed: allowedBy(settings),
          provider: providerOf(settings),
          publicUrl: settings.REDLINE_PUBLIC_URL,
          traced: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
          metricsListen: settings.REDLINE_METRICS_LISTEN,
          log: createLogger('api', settings.REDLINE_LOG_LEVEL),
        },
        endOfService(signal),
      )
    })

  program
    .command('doctor')
    .description('show each component: where it was found, how to supply it')
    .action(async (_options: object, command: Command) => {
      const { settings, json } = await commandContext(command, signal)
      const statuses = await inspectComponents({
        env: process.env,
        cacheDir: cacheFolder(process.env),
        signal,
        elsewhere: {
          ...(settings.DATABASE_URL && { postgres: settings.DATABASE_URL }),
          ...(settings.TEMPORAL_ADDRESS && { temporal: settings.TEMPORAL_ADDRESS }),
        },
      })
      output(json, statuses, () => statuses.map(statusText).join('\n\n'))
      if (statuses.some(({ state }) => state === 'broken'))
        throw new CommandFailure('a configured component cannot be used')
    })
}

async function start(dev: boolean, signal: AbortSignal): Promise<Service> {
  const messages = serviceMessages()
  try {
    return await startService({
      settings: readSettings(process.env),
      env: process.env,
      dev,
      tell: messages.tell,
      signal,
    })
  } finally {
    messages.done()
  }
}

/** What is on this host already: a worker fetches nothing, since a host may have other engines. */
async function foundHere(signal: AbortSignal): Promise<Partial<Record<ComponentName, Found>>> {
  const cacheDir = cacheFolder(process.env)
  const statuses = await inspectComponents({ env: process.env, cacheDir, signal })
  const broken = statuses.find(
    ({ component, state }) => state === 'broken' && (component === 'llama-server' || component === 'model'),
  )
  if (broken?.state === 'broken')
    throw new CommandFailure(
      `${broken.component} cannot be used: ${broken.attempts.map(({ reason }) => reason).join('; ')}`,
    )
  return Object.fromEntries(
    statuses.flatMap((status) => (status.state === 'found' ? [[status.component, status.found]] : [])),
  )
}

function places(settings: Settings) {
  const { DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: address } = settings
  if (databaseUrl === undefined)
    throw new CommandFailure(
      'DATABASE_URL is not set: say which PostgreSQL to use, or run `redline up` for everything on one machine',
    )
  if (address === undefined)
    throw new CommandFailure(
      'TEMPORAL_ADDRESS is not set: say which Temporal to use, or run `redline up` for everything on one machine',
    )
  return {
    databaseUrl,
    temporal: {
      address,
      namespace: settings.TEMPORAL_NAMESPACE,
      encryptionKey: settings.REDLINE_ENCRYPTION_KEY,
      env: process.env,
    },
  }
}

/** A process that `redline up` started ends with it, however that ended. */
function endOfService(signal: AbortSignal): AbortSignal {
  const supervisorGone = new AbortController()
  process.once('disconnect', () => supervisorGone.abort())
  // Listening must not keep a process running that has nothing left to do.
  process.channel?.unref()
  return AbortSignal.any([signal, supervisorGone.signal])
}

function statusText(status: ComponentStatus): string {
  const { component, howToSupply } = status
  switch (status.state) {
    case 'found': {
      const { path, version, layer, detail } = status.found
      const trial = status.tried ? '' : '\n  not tried yet: the next start does'
      return `${colour.good('✓')} ${component} ${version ?? ''} (${layer})\n  ${path}\n  ${detail}${trial}\n  ${colour.dim(howToSupply)}`
    }
    case 'elsewhere':
      return `${colour.good('✓')} ${component} (configured elsewhere)\n  ${status.address}`
    case 'missing':
    case 'broken': {
      const mark = status.state === 'broken' ? colour.bad('✗ broken') : '- missing: the next start fetches it'
      return `${mark}  ${component}\n${status.attempts.map(({ layer, reason }) => `  ${layer.padEnd(10)} ${reason}`).join('\n')}\n  ${colour.dim(howToSupply)}`
    }
  }
}
