import type { EngineParameter } from '../domain/engine-parameter.ts'
import type { ParameterValue } from '../domain/parameter.ts'
import type { Engine } from './engine.ts'

/** One option of a help text. */
interface HelpOption {
  flags: string[]
  /** What stands for its value; empty for a switch. */
  placeholder: string
  description: string
}

/** Names that may stand in a space. */
const USABLE_NAME = /^[a-z][a-z0-9_]*$/
/** An option begins at the margin in llama-server's help and after two blanks in argparse's. */
const OPTION_START = /^(?: {2})?(-{1,2}[A-Za-z].*)$/
/** What is kept of a description: the catalogue of an engine with hundreds of flags travels to the API. */
const DESCRIPTION_CHARACTERS = 240

/**
 * Reads the options of a help text, as llama-server, vLLM and SGLang write it (the two styles differ in indentation
 * only). Text that is no option is passed over.
 */
export function readHelp(text: string): HelpOption[] {
  const options: HelpOption[] = []
  let open = false
  for (const line of text.split('\n')) {
    const start = OPTION_START.exec(line)?.[1]
    if (start !== undefined) {
      // Flags are set apart by blanks of any number, a description by two or more.
      const [head = '', ...rest] = start.replace(/(-[\w-]+,)\s+(?=-)/g, '$1 ').split(/\s{2,}/)
      options.push({ ...readHead(head), description: rest.join(' ') })
      open = true
      continue
    }
    const last = options.at(-1)
    // A heading of a group ends the description before it.
    if (/^\S/.test(line)) open = false
    if (open && last !== undefined && line.trim() !== '')
      last.description = `${last.description} ${line.trim()}`.trim()
  }
  return options.filter(({ flags }) => flags.length > 0)
}

function readHead(head: string): Pick<HelpOption, 'flags' | 'placeholder'> {
  const found = [...head.matchAll(/(?:^|, )(-{1,2}[A-Za-z][\w-]*)/g)]
  const last = found.at(-1)
  const end = last === undefined ? 0 : last.index + last[0].length
  // Python 3.12 and older write the placeholder after each name of an option.
  const placeholder = head.slice(end).trim() || (/^-{1,2}[\w-]+ ([^-,][^,]*),/.exec(head)?.[1] ?? '')
  return { flags: found.flatMap(([, flag]) => flag ?? []), placeholder }
}

/**
 * Returns an engine's catalogue for the installed version: the built-in entries, marked with whether this version lists
 * them, and after them every other flag of the help, so that a new version needs no release of Redline.
 */
export function catalogueFromHelp(engine: Engine, helpText: string): EngineParameter[] {
  const options = readHelp(helpText)
  const optionOf = ({ flag, offFlag }: EngineParameter) =>
    options.find(({ flags }) => flags.includes(flag) || (offFlag !== null && flags.includes(offFlag)))
  const known = engine.parameters.map((parameter) =>
    parameter.form === 'env' || parameter.form === 'load'
      ? parameter
      : joined(parameter, optionOf(parameter)),
  )
  const taken = new Set(engine.parameters.map(optionOf))
  const names = new Set(known.map(({ name }) => name))
  const others = options
    .filter((option) => !taken.has(option) && !option.flags.some((flag) => engine.ownFlags.includes(flag)))
    .flatMap((option) => {
      const parameter = parameterOf(option)
      if (parameter === null || names.has(parameter.name)) return []
      names.add(parameter.name)
      return [parameter]
    })
  return [...known, ...others]
}

function joined(parameter: EngineParameter, option: HelpOption | undefined): EngineParameter {
  if (option === undefined) return { ...parameter, offered: false }
  const choices = choicesOf(option)
  const { suggested } = parameter
  const offFlag = parameter.form === 'switch' ? offFlagOf(option) : null
  if (suggested?.type !== 'categorical' || choices === null)
    return { ...parameter, offFlag, choices, offered: true }
  const left = suggested.choices.filter((choice) => choices.includes(choice))
  return {
    ...parameter,
    offFlag,
    choices,
    suggested: { ...suggested, choices: left.length > 0 ? left : choices },
    offered: true,
  }
}

function parameterOf(option: HelpOption): EngineParameter | null {
  const flag = option.flags.find((name) => name.startsWith('--'))
  if (flag === undefined) return null
  const name = flag.slice(2).replaceAll('-', '_').toLowerCase()
  // What is gone is still listed, with words that say so.
  if (!USABLE_NAME.test(name) || /\bhas been removed\b/.test(option.description)) return null
  const isSwitch = option.placeholder === ''
  const choices = isSwitch ? null : choicesOf(option)
  const stated = statedDefault(option)
  const defaultValue = defaultOf(stated, isSwitch, choices)
  return {
    name,
    form: isSwitch ? 'switch' : 'value',
    flag,
    offFlag: isSwitch ? offFlagOf(option) : null,
    type: isSwitch ? 'boolean' : typeOf(choices, stated, defaultValue),
    choices,
    suggested: isSwitch ? { type: 'boolean' } : choices === null ? null : { type: 'categorical', choices },
    default: defaultValue,
    description: shortened(option.description),
    since: null,
    offered: true,
  }
}

function offFlagOf({ flags }: HelpOption): string | null {
  const positive = flags.some((flag) => flag.startsWith('--') && !flag.startsWith('--no-'))
  return positive ? (flags.find((flag) => flag.startsWith('--no-')) ?? null) : null
}

/** Values are listed as `{a,b}`, `[a|b]` or `<0|1>` in place of the value, or after "allowed values:". */
function choicesOf({ placeholder, description }: HelpOption): ParameterValue[] | null {
  const listed =
    /^\{([^}]+)\}/.exec(placeholder)?.[1]?.split(',') ??
    /^[[<]([\w.-]+(?:\|[\w.-]+)+)[\]>]$/.exec(placeholder)?.[1]?.split('|') ??
    /\ballowed values: ([\w.-]+(?:, [\w.-]+)+)/.exec(description)?.[1]?.split(', ')
  if (listed === undefined) return null
  // Python's None is no value that can be written.
  const words = listed.map((word) => word.trim()).filter((word) => word !== 'None' && word !== '')
  if (words.length === 0 || new Set(words).size < words.length) return null
  return words.every(isNumber) ? words.map(Number) : words
}

/** Returns the default as the help writes it; empty where it says none. */
function statedDefault({ description }: HelpOption): string {
  const text = [...description.matchAll(/\bdefault: ?('[^']*'|"[^"]*"|[^,)]*)/g)].at(-1)?.[1]?.trim() ?? ''
  return text.replace(/^(['"])(.*)\1$/, '$2')
}

function defaultOf(word: string, isSwitch: boolean, choices: ParameterValue[] | null): ParameterValue | null {
  if (isSwitch) return /^(true|enabled)$/i.test(word) ? true : /^(false|disabled)$/i.test(word) ? false : null
  if (isNumber(word)) return Number(word)
  if (choices !== null) return choices.includes(word) ? word : null
  return /^(none|unused|unset|null|enabled|disabled)$/i.test(word) || !/^[\w.-]+$/.test(word) ? null : word
}

function typeOf(
  choices: ParameterValue[] | null,
  stated: string,
  defaultValue: ParameterValue | null,
): EngineParameter['type'] {
  const samples = choices ?? (defaultValue === null ? [] : [defaultValue])
  if (samples.length === 0) return 'any'
  if (samples.some((sample) => typeof sample !== 'number')) return 'text'
  // 1.00 is written for a float.
  return stated.includes('.') ? 'float' : 'integer'
}

function isNumber(word: string): boolean {
  return /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(word)
}

function shortened(text: string): string {
  return text.length <= DESCRIPTION_CHARACTERS
    ? text
    : `${text.slice(0, DESCRIPTION_CHARACTERS).replace(/\s+\S*$/, '')} …`
}
