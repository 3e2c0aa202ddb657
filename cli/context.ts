import type { Command } from 'commander'
import { writeFile } from 'node:fs/promises'
import { createRedlineClient, useToken, type RedlineClient } from '../client/client.ts'
import { readSettings, type Settings } from '../domain/settings.ts'
import { runningService } from '../service/running-service.ts'
import { cannotWrite, CommandFailure } from './failure.ts'
import { harmless } from './format.ts'

/** What every command works with. */
export interface CommandContext {
  settings: Settings
  json: boolean
  /** What is started belongs to it. */
  project: string
  baseUrl: string
  client: RedlineClient
  /** Aborts on Ctrl-C and SIGTERM. */
  signal: AbortSignal
}

/** Reads options and environment; the API is the configured one, else that of the service running here, else the default. */
export async function commandContext(command: Command, signal: AbortSignal): Promise<CommandContext> {
  const settings = readSettings(process.env)
  const options: { json?: boolean; url?: string; project?: string } = command.optsWithGlobals()
  const baseUrl = (
    options.url ??
    settings.REDLINE_URL ??
    (await runningService(settings))?.apiUrl ??
    `http://127.0.0.1:${settings.REDLINE_PORT}`
  ).replace(/\/$/, '')
  if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? ''))
    throw new CommandFailure(`--url ${baseUrl}: expected an address such as http://127.0.0.1:4680`)
  if (baseUrl.includes('/api/')) throw new CommandFailure(`--url ${baseUrl}: leave out the path of the API`)
  useToken(settings.REDLINE_TOKEN)
  return {
    settings,
    json: options.json === true,
    project: options.project ?? settings.REDLINE_PROJECT,
    baseUrl,
    client: createRedlineClient(baseUrl),
    signal,
  }
}

/** Lets a command say which project it is about; {@link commandContext} reads it. */
export const PROJECT_OPTION = ['--project <name>', 'the project it belongs to (REDLINE_PROJECT)'] as const

/** Prints a value as JSON, or as the text that a person reads. */
export function output(json: boolean, value: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${harmless(text())}\n`)
}

/** Writes what was asked for to a file, to standard output without one. */
export async function writeOut(content: string | Buffer, file: string | undefined): Promise<void> {
  if (file === undefined) process.stdout.write(content)
  else
    await writeFile(file, content).catch((error: unknown) => {
      throw new CommandFailure(cannotWrite(file, error))
    })
}

/** Waits for Ctrl-C or SIGTERM. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  // A pending promise alone does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000)
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  clearInterval(alive)
}
