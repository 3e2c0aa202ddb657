import type { Command } from 'commander'
import { unwrap, unwrapEmpty, type Fleet } from '../client/client.ts'
import { commandContext, output } from './context.ts'
import { colour, span, table } from './format.ts'

/** Adds the commands about hosts, their devices and the queue for them. */
export function addHostCommands(program: Command, signal: AbortSignal): void {
  program
    .command('hosts')
    .description('show hosts, who holds their devices, and who waits')
    .action(async (_options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const fleet = await unwrap(baseUrl, client.GET('/api/v1/hosts'))
      output(json, fleet, () => fleetText(fleet))
    })

  for (const [operation, description] of [
    ['drain', 'give a host nothing new; what runs finishes'],
    ['undrain', 'end the draining of a host'],
  ] as const) {
    program
      .command(`${operation} <host>`)
      .description(description)
      .action(async (host: string, _options: object, command: Command) => {
        const { client, baseUrl, json } = await commandContext(command, signal)
        const params = { path: { name: host } }
        await unwrapEmpty(baseUrl, client.POST(`/api/v1/hosts/{name}/${operation}`, { params }))
        output(json, { host, draining: operation === 'drain' }, () => `${host} ${operation}ed`)
      })
  }
}

function fleetText({ hosts, held, queue }: Fleet): string {
  const rows = hosts.flatMap(({ name, devices, alive, draining, version }) =>
    devices.map(({ id, name: model }) => {
      const holder = held.find((lease) => lease.host === name && lease.device === id)
      const state = !alive ? colour.bad('away') : draining ? 'draining' : colour.good('ready')
      return [name, state, id, model, holder === undefined ? '' : experimentText(holder), version]
    }),
  )
  const waiting = queue.map((entry) => {
    const { position, priority, request, expectedStart, project, quota } = entry
    const start =
      expectedStart === null ? 'no host would do' : `in ${span(new Date().toISOString(), expectedStart)}`
    const reason = quota === null ? '' : ` (the project ${project} may hold ${quota})`
    return [`${position}`, experimentText(entry), `${request.devices}`, `${priority}`, start + reason]
  })
  return [
    rows.length === 0
      ? 'no hosts: start a worker with `redline worker`'
      : table(['host', 'state', 'device', 'model', 'held by', 'redline'], rows),
    ...(waiting.length === 0
      ? []
      : [table(['queue', 'experiment', 'devices', 'priority', 'expected start'], waiting)]),
  ].join('\n\n')
}

function experimentText({
  project,
  tuningId,
  number,
}: Fleet['held'][number] | Fleet['queue'][number]): string {
  return tuningId === null ? `project ${project}` : `${tuningId} #${number}`
}
