import { InvalidArgumentError, type Command } from 'commander'
import { unwrap, unwrapEmpty } from '../client/client.ts'
import { ROLES, type Role } from '../domain/access.ts'
import { commandContext, output } from './context.ts'
import { table } from './format.ts'

/** Adds the commands about who may do what. */
export function addAccessCommands(program: Command, signal: AbortSignal): void {
  addUserCommands(program.command('user').description('people who may use the service'), signal)
  addTokenCommands(program.command('token').description('what programs and this CLI sign in with'), signal)
  program
    .command('audit')
    .description('show who changed what and what was refused, the newest first')
    .option('--limit <n>', 'how many', readNumber, 50)
    .action(async ({ limit }: { limit: number }, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const { changes } = await unwrap(baseUrl, client.GET('/api/v1/audit', { params: { query: { limit } } }))
      output(json, changes, () =>
        table(
          ['at', 'who', 'what', 'path', 'asked', 'from'],
          changes.map(({ at, who, operation, status, path, asked, address }) => [
            at,
            who,
            status < 400 ? operation : `${operation}: refused`,
            path,
            asked ?? '–',
            address ?? '–',
          ]),
        ),
      )
    })
}

function addUserCommands(user: Command, signal: AbortSignal): void {
  user
    .command('invite')
    .description('print a link that makes its opener a user, once, within a day')
    .option('--role <role>', ROLES.join(', '), readRole, 'operator')
    .action(async ({ role }: { role: Role }, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const invitation = await unwrap(baseUrl, client.POST('/api/v1/invitations', { body: { role } }))
      output(json, invitation, () => `${baseUrl}/join#${invitation.code}`)
    })

  user
    .command('list')
    .description('list users')
    .action(async (_options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const { users } = await unwrap(baseUrl, client.GET('/api/v1/users'))
      output(json, users, () =>
        users.length === 0
          ? 'no users: on loopback everybody may do all'
          : table(
              ['name', 'role', 'since'],
              users.map(({ name, role, createdAt }) => [name, role, createdAt]),
            ),
      )
    })

  user
    .command('role <name> <role>')
    .description(`give a user another role: ${ROLES.join(', ')}`)
    .action(async (name: string, role: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const params = { path: { name } }
      const body = { role: readRole(role) }
      await unwrapEmpty(baseUrl, client.POST('/api/v1/users/{name}', { params, body }))
      output(json, { name, ...body }, () => `${name} is ${role} now`)
    })

  user
    .command('delete <name>')
    .description('delete a user with sessions and tokens; tunings stay, schedules pause')
    .action(async (name: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const path = { path: { name } }
      await unwrapEmpty(baseUrl, client.DELETE('/api/v1/users/{name}', { params: path }))
      output(json, { deleted: name }, () => `deleted ${name}`)
    })
}

function addTokenCommands(token: Command, signal: AbortSignal): void {
  token
    .command('add <name>')
    .description('create a token and print it, this once')
    .option('--role <role>', `what it may do, never more than you: ${ROLES.join(', ')}`, readRole, 'viewer')
    .option('--days <days>', 'it expires after as many', readNumber, 90)
    .action(async (name: string, { role, days }: { role: Role; days: number }, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const added = await unwrap(baseUrl, client.POST('/api/v1/tokens', { body: { name, role, days } }))
      output(json, added, () => added.token)
    })

  token
    .command('list')
    .description('list tokens')
    .action(async (_options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const { tokens } = await unwrap(baseUrl, client.GET('/api/v1/tokens'))
      output(json, tokens, () =>
        tokens.length === 0
          ? 'no tokens'
          : table(
              ['id', 'name', 'user', 'role', 'expires', 'last used'],
              tokens.map(({ id, name, user, role, expiresAt, usedAt }) => [
                id,
                name,
                user,
                role,
                expiresAt,
                usedAt ?? '–',
              ]),
            ),
      )
    })

  token
    .command('delete <id>')
    .description('delete a token; it is refused from then on')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      await unwrapEmpty(baseUrl, client.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }))
      output(json, { deleted: id }, () => `deleted ${id}`)
    })
}

function readRole(text: string): Role {
  const role = ROLES.find((known) => known === text)
  if (role === undefined) throw new InvalidArgumentError(`expected ${ROLES.join(', ')}, got ${text}`)
  return role
}

function readNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`expected a number, got ${text}`)
}
