import type { EngineParameter } from '../../domain/engine-parameter.ts'
import type { Parameter } from '../../domain/parameter.ts'
import type { Engine } from '../../engines/engine.ts'
import { ENGINES } from '../../engines/index.ts'
import { code, page, plain, table, value } from './markdown.ts'

/** Writes the page of every parameter in the built-in catalogues, with the presets. */
export function parametersPage(): string {
  const engines = Object.values(ENGINES).filter(({ parameters }) => parameters.length > 0)
  return page(
    'Parameters',
    'What the built-in catalogue of each engine knows: those that bear on speed or memory. An installed engine offers every other flag of its help as well: `GET /api/v1/engines/{kind}` lists them all. A default that is empty depends on the machine or the model. [Engines](../engines.md#parameters) says how a value becomes a flag.',
    ...engines.flatMap((engine) => [
      `## ${engine.kind}`,
      table(
        ['parameter', 'flag', 'worth searching', 'default', 'meaning', 'since'],
        engine.parameters.map(parameterRow),
      ),
      ...presetParts(engine),
    ]),
  )
}

function parameterRow(parameter: EngineParameter): string[] {
  const { name, flag, suggested, default: fallback, description, since } = parameter
  return [
    code(name),
    code(flag),
    suggested === null ? '' : rangeText(suggested),
    value(fallback),
    plain(description),
    since ?? '',
  ]
}

function presetParts({ kind, presets }: Engine): string[] {
  return Object.entries(presets).flatMap(([goal, { description, space, args, rules }]) =>
    Object.keys(space).length === 0
      ? []
      : [
          `**${kind}, \`preset: ${goal}\`**: ${plain(description)}`,
          [
            `Varies ${Object.entries(space)
              .map(([name, parameter]) => `${code(name)} (${rangeText(parameter)})`)
              .join(', ')}.`,
            ...(Object.keys(args).length === 0 ? [] : [`Fixes ${value(args)}.`]),
            ...(rules.length === 0 ? [] : [`Rules: ${rules.map(code).join(', ')}.`]),
          ].join(' '),
        ],
  )
}

/** Says in words what values a parameter can have. */
function rangeText(parameter: Parameter): string {
  switch (parameter.type) {
    case 'integer':
    case 'float': {
      const special = parameter.special === undefined ? '' : `, or ${parameter.special.join(', ')}`
      const scale = parameter.scale === 'linear' ? '' : `, ${parameter.scale}`
      return `${parameter.low} to ${parameter.high}${scale}${special}`
    }
    case 'boolean':
      return 'true, false'
    case 'categorical':
    case 'ordinal':
      return parameter.choices.join(', ')
  }
}
