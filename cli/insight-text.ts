import type { Insight } from '../client/client.ts'
import { configurationText } from '../domain/configuration-text.ts'
import { gainChange, gainInterval } from '../domain/gain-words.ts'
import { figure } from '../domain/figures.ts'
import { bar, colour, table } from './format.ts'

/** A pair or a looser limit that brings less than this is left out. */
const NOTICEABLE = 0.01

/** Writes what the experiments tell about a space for the terminal; `brief` leaves out effects, pairs and the lesser parameters. */
export function insightText(insight: Insight, { brief = false } = {}): string {
  return [
    importances(insight, brief ? 5 : Infinity),
    ...(brief ? [] : [effects(insight), pairs(insight)]),
    limits(insight),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function importances({ parameters, objective, experiments }: Insight, most: number): string {
  const shown = parameters.slice(0, most)
  const rows = shown.map(({ parameter, importance, total, best }) => [
    parameter,
    percent(importance.share),
    `${percent(importance.low)} to ${percent(importance.high)}`,
    percent(total),
    bar(importance.share, 16),
    best === null ? '–' : String(best),
  ])
  const { measured, failed } = experiments
  return [
    `${colour.bold('What matters')}  share of the variance of ${objective.metric} over the space, of ${measured} measured and ${failed} failed or without a value`,
    table(['parameter', 'by itself', '90 % interval', 'with others', '', 'best'], rows, [1, 2, 3]),
  ].join('\n')
}

function effects({ parameters, objective }: Insight): string {
  const tables = parameters.map(({ parameter, effect, best }) =>
    [
      `${colour.bold(parameter)}  ${colour.dim('with the others anywhere, and in the best configuration')}`,
      table(
        [
          'value',
          objective.metric,
          '90 % interval',
          'fails',
          'meets limits',
          'in the best',
          'fails',
          'meets limits',
        ],
        effect.map(({ value, mean, low, high, failure, feasible, fromBest }) => [
          value === best ? colour.good(String(value)) : String(value),
          figure(mean),
          `${figure(low)} to ${figure(high)}`,
          percent(failure),
          percent(feasible),
          figure(fromBest?.mean),
          fromBest === null ? '–' : percent(fromBest.failure),
          fromBest === null ? '–' : percent(fromBest.feasible),
        ]),
        [1, 2, 3, 4, 5, 6, 7],
      ),
    ].join('\n'),
  )
  return tables.join('\n\n')
}

function pairs({ pairs: all }: Insight): string {
  const shown = all.filter(({ interaction }) => interaction.share >= NOTICEABLE)
  if (shown.length === 0) return ''
  return [
    `${colour.bold('What acts together')}  beyond what each does by itself`,
    table(
      ['', 'share', '90 % interval'],
      shown.map(({ first, second, interaction }) => [
        `${first} and ${second}`,
        percent(interaction.share),
        `${percent(interaction.low)} to ${percent(interaction.high)}`,
      ]),
      [1, 2],
    ),
  ].join('\n')
}

function limits({ limits: all, objective: { higherIsBetter } }: Insight): string {
  const lines = all.flatMap(({ constraint, relaxed }) => {
    const worth = relaxed.filter(({ ratio }) => ratio - 1 >= NOTICEABLE)
    if (worth.length === 0)
      return relaxed.length === 0 ? [] : [`  ${constraint}: nothing is to be gained by a looser limit`]
    return worth.map(
      ({ limit, ratio, low, high, configuration }) =>
        `  ${constraint}, were it ${limit === null ? 'dropped' : figure(limit)}: ${gainChange(ratio, higherIsBetter)} (${gainInterval(low, high, higherIsBetter).join(' to ')})  ${colour.dim(configurationText(configuration))}`,
    )
  })
  return lines.length === 0 ? '' : `${colour.bold('What looser limits would buy')}\n${lines.join('\n')}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`
}
