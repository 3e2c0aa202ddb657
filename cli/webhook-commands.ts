import { InvalidArgumentError, type Command } from 'commander'
import { unwrap, unwrapEmpty, type Schemas } from '../client/client.ts'
import { commandContext, output } from './context.ts'
import { table } from './format.ts'

type WebhookEvent = Schemas['Webhook']['events'][number]

const EVENTS: WebhookEvent[] = ['tuning.finished', 'tuning.failed', 'tuning.regression']
const SHORT = EVENTS.map((event) => event.replace('tuning.', ''))

/** Adds the commands about webhooks. */
export function addWebhookCommands(program: Command, signal: AbortSignal): void {
  const webhook = program.command('webhook').description('addresses that are told of the ends of tunings')

  webhook
    .command('add <address>')
    .description('add a webhook; prints the secret that its messages are signed with')
    .option('--on <events>', `separated by commas: ${SHORT.join(', ')}`, readEvents, EVENTS)
    .action(async (address: string, { on: events }: { on: WebhookEvent[] }, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const added = await unwrap(baseUrl, client.POST('/api/v1/webhooks', { body: { url: address, events } }))
      output(json, added, () => `${added.id}\n${added.secret}\nThe secret is not shown again.`)
    })

  webhook
    .command('list')
    .description('list webhooks')
    .action(async (_options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const { webhooks } = await unwrap(baseUrl, client.GET('/api/v1/webhooks'))
      output(json, webhooks, () =>
        webhooks.length === 0
          ? 'no webhooks'
          : table(
              ['id', 'address', 'events'],
              webhooks.map(({ id, url, events }) => [id, url, events.join(', ')]),
            ),
      )
    })

  webhook
    .command('delete <id>')
    .description('delete a webhook')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const path = { path: { id } }
      await unwrapEmpty(baseUrl, client.DELETE('/api/v1/webhooks/{id}', { params: path }))
      output(json, { deleted: id }, () => `deleted ${id}`)
    })
}

function readEvents(text: string): WebhookEvent[] {
  return text.split(',').map((name) => {
    const event = EVENTS.find((known) => known === name || known === `tuning.${name}`)
    if (event === undefined) throw new InvalidArgumentError(`expected ${SHORT.join(', ')}, got ${name}`)
    return event
  })
}
