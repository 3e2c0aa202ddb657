import type { Report } from '../client/client.ts'
import { formatDuration } from '../domain/duration.ts'
import { worstText } from '../domain/metric-words.ts'
import { counted, factor, figure } from '../domain/figures.ts'
import { gainEvidence, NOT_JUDGED } from '../domain/gain-words.ts'
import { metricsBeside } from '../domain/metric.ts'
import { insightText } from './insight-text.ts'
import { bar, colour, table } from './format.ts'

/** Said of the report of a tuning that was taken up again. */
export const OF_BEFORE =
  'The tuning was taken up again: this is its report of before, the next is written at its end.'

/** Writes a report for the terminal. */
export function reportText(report: Report): string {
  const { best, baseline, gain, confirmation, objective } = report
  const sections = [headline(report)]

  if (best !== null) {
    sections.push(
      `${colour.bold(best.feasible ? 'Best configuration' : 'Closest to the limits')}  experiment ${best.number}\n${changes(report)}`,
    )
  }
  if (best !== null && baseline !== null && best.number !== baseline.number) {
    const valueOf = (metrics: Record<string, number | null | undefined> | null, name: string) =>
      figure(metrics?.[name])
    sections.push(
      `${colour.bold('In the search')}\n${table(
        ['metric', baseline.clientLimited === true ? `baseline, ${NOT_JUDGED}` : 'baseline', 'best'],
        metricsBeside(objective.metric, best, baseline).map((name) => [
          name,
          valueOf(baseline.metrics, name),
          valueOf(best.metrics, name),
        ]),
        [1, 2],
      )}`,
    )
  }
  if (confirmation.length > 0) {
    const top = Math.max(...confirmation.flatMap(({ best: b, baseline: a }) => [a ?? 0, b ?? 0])) || 1
    const line = (pair: number, who: string, value: number | null) => [
      String(pair + 1),
      who,
      figure(value),
      bar((value ?? 0) / top, 24),
    ]
    const missing = confirmation.flatMap(({ pair, missing: why }) =>
      why == null ? [] : `\npair ${pair + 1} does not count: ${why}`,
    )
    sections.push(
      `${colour.bold('Confirmation')}  ${objective.metric}, fresh starts, in turn\n${table(
        ['pair', 'configuration', 'value', ''],
        confirmation.flatMap(({ pair, best: b, baseline: a }) => [
          line(pair, 'baseline', a),
          line(pair, 'best', b),
        ]),
        [2],
      )}${missing.join('')}`,
    )
  }
  if (gain !== null && gain.low !== null) {
    sections.push(`${colour.bold('Gain')}  ${factor(gain.ratio, 3)}  (${gainEvidence(gain)})`)
  }
  if (report.front !== null) {
    sections.push(
      `${colour.bold('Front')}  what nothing beats in both objectives\n${table(
        ['experiment', ...report.front.objectives.map(({ metric }) => metric)],
        report.front.experiments.map(({ number, values }) => [String(number), ...values.map(figure)]),
        [1, 2],
      )}`,
    )
  }
  if (report.finalists.length > 1) {
    sections.push(
      `${colour.bold('Finalists')}  the largest gain, and of those within 2 % of it the fewest changes\n${table(
        ['experiment', 'gain', 'limits', 'changes', ''],
        report.finalists.map(({ number, gain: own, feasible, changes: changed }) => [
          String(number),
          own === null ? '–' : `x ${own.ratio.toFixed(3)}`,
          feasible ? 'held' : colour.bad('not always'),
          String(changed),
          number === best?.number ? 'chosen' : '',
        ]),
        [0, 1, 3],
      )}`,
    )
  }
  sections.push(limits(report))
  if (report.insight !== null) sections.push(insightText(report.insight, { brief: true }))
  if (report.command !== null) {
    const what =
      best?.feasible === false ? 'Command line of the closest, which breaks the limits' : 'To deploy'
    sections.push(`${colour.bold(what)}\n${report.command}`)
  }
  const { completed, failed, cutShort = 0, total, spaceSize } = report.experiments
  const short = cutShort === 0 ? '' : `, ${cutShort} of them cut short`
  sections.push(
    colour.dim(
      `${counted(total, 'experiment')} (${completed} measured${short}, ${failed} failed) of a space of ${spaceSize === null ? 'more configurations than could be counted' : counted(spaceSize, 'configuration')}, in ${formatDuration(report.durationMs)}`,
    ),
  )
  if (report.stopped !== null) sections.push(colour.dim(`The search ended early: ${report.stopped}`))
  return sections.filter((section) => section !== '').join('\n\n')
}

function headline({ verdict, headline: text, constraintsHold }: Report): string {
  const good =
    ['better', 'only_feasible', 'baseline_best', 'no_difference'].includes(verdict) &&
    constraintsHold !== false
  return colour.bold(good ? colour.good(text) : text)
}

function changes({ changes: changed }: Report): string {
  if (changed.length === 0) return '  as the baseline'
  return changed
    .map(
      ({ parameter, from, to }) =>
        `  ${parameter}: ${String(from ?? 'default')} -> ${String(to ?? 'default')}`,
    )
    .join('\n')
}

function limits({ constraintsInConfirmation, constraintsHold, best }: Report): string {
  if (constraintsHold === null || best === null) return ''
  const lines = constraintsInConfirmation.map(({ constraint, held, runs, worst }) => {
    const inSearch = best.constraints.find((check) => check.constraint === constraint)
    const confirmed = runs === 0 ? '' : `; confirmed in ${held} of ${runs} runs, worst ${worstText(worst)}`
    const holds = inSearch?.holds === true && held === runs
    return `  ${holds ? colour.good('holds ') : colour.bad('broken')}  ${constraint}  (measured ${figure(inSearch?.value)}${confirmed})`
  })
  return `${colour.bold('Limits')}\n${lines.join('\n')}`
}
