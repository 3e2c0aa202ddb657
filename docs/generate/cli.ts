import type { Argument, Command, Option } from 'commander'
import { redlineProgram } from '../../cli/program.ts'
import { addServiceSide } from '../../cli/service-side.ts'
import { code, page, plain, table, value } from './markdown.ts'

/** Returns the `redline` command with all that it can do. */
export function wholeProgram(): Command {
  const { signal } = new AbortController()
  const program = redlineProgram(signal)
  addServiceSide(program, signal)
  return program
}

/** Writes the page of the command line, from the definitions that parse it. */
export function cliPage(): string {
  const program = wholeProgram()
  const everywhere = new Set(program.options.map(identity))
  return page(
    'Command line',
    `${plain(program.description())} In a clone it runs as \`npx redline\`.`,
    'Every command takes `--json`, but that of `redline bench` names a file; those that ask a service take `--url`.',
    optionTable(program.options),
    'A command ends with 0 when all went well, with 1 when not, and with 130 when it was interrupted. `redline bench` ends with 1 when the SLO is missed and with 2 when the client was the limit.',
    ...program.commands.flatMap((command) => described(command, 'redline', everywhere)),
  )
}

function described(command: Command, parent: string, everywhere: Set<string>): string[] {
  const name = `${parent} ${command.name()}`
  const options = command.options.filter((option) => !option.hidden && !everywhere.has(identity(option)))
  const usage = [
    name,
    ...command.registeredArguments.map(argumentText),
    ...(options.length > 0 ? ['[options]'] : []),
  ].join(' ')
  const groups = Map.groupBy(options, ({ helpGroupHeading = '' }) => helpGroupHeading)
  return [
    `${parent === 'redline' ? '##' : '###'} ${name}`,
    `${plain(sentence(command.description()))}`,
    ...(usage === name ? [] : [`\`\`\`\n${usage}\n\`\`\``]),
    ...[...groups].flatMap(([heading, group]) => [
      ...(heading === '' ? [] : [`**${heading}**`]),
      optionTable(group),
    ]),
    ...command.commands.flatMap((below) => described(below, name, everywhere)),
  ]
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map(({ flags, description, defaultValue, envVar }) => [
    code(flags),
    plain(description) + (envVar === undefined ? '' : ` (\`${envVar}\`)`),
    value(defaultValue === false || flags.startsWith('--no-') ? undefined : defaultValue),
  ])
  return table(['option', 'meaning', 'default'], rows)
}

function argumentText(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '')
  return argument.required ? `<${name}>` : `[${name}]`
}

const identity = ({ flags, description }: Option) => `${flags}: ${description}`
const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'}`
