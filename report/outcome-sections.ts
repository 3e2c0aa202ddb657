import { formatDuration } from '../domain/duration.ts'
import { counted, factor, figure, percentChange } from '../domain/figures.ts'
import { gainEvidence, NOT_JUDGED } from '../domain/gain-words.ts'
import { picturesOf, type MeasurementPicture } from '../domain/measurement-pictures.ts'
import { metricsBeside } from '../domain/metric.ts'
import { constraintText, metricLabel, metricTitle, metricUnit, worstText } from '../domain/metric-words.ts'
import type { Report } from '../domain/report.ts'
import { runsAlready } from '../domain/runtime.ts'
import { experimentOf, measured, metricOf, type ReportInput } from './input.ts'
import type { PlotSeries } from './plot.ts'
import type { Fact, Section } from './section.ts'

/** The figures that a reader looks for first. */
export function outcomeFacts({ spec, report }: ReportInput): Fact[] {
  const { gain, best, experiments, objective } = report
  return [
    {
      name: best?.feasible === false ? 'Closest to the limits' : 'Best',
      value: `${figure(metricOf(best, objective.metric))} ${metricUnit(objective.metric)}`.trim(),
      note: best === null ? '' : `${metricLabel(objective.metric)} in experiment ${best.number}`,
    },
    {
      name: 'Over the baseline',
      value: gain === null ? 'not confirmed' : factor(gain.ratio),
      note: gain === null ? '' : gainEvidence(gain),
    },
    {
      name: 'SLO',
      value:
        report.constraintsHold === null
          ? spec.constraints.length === 0
            ? 'no limits set'
            : 'not judged'
          : report.constraintsHold
            ? 'met in every run'
            : 'broken',
      note: spec.constraints.map(constraintText).join(', '),
    },
    {
      name: 'Tried',
      value: counted(experiments.total, 'experiment'),
      note: `${experiments.failed} failed; ${formatDuration(report.durationMs)}`,
    },
  ]
}

/** What the best does otherwise than the baseline. */
export function settingsSection({ spec, report }: ReportInput): Section {
  const unset = runsAlready(spec) ? 'as the workload has it' : "the engine's default"
  const title = 'What changes'
  if (report.best === null || report.verdict === 'baseline_best') return { title, blocks: [] }
  return {
    title,
    blocks: [
      report.changes.length === 0
        ? { kind: 'text', text: 'Nothing: it has the settings of the baseline.' }
        : {
            kind: 'table',
            head: ['Parameter', 'Baseline', 'Best'],
            rows: report.changes.map(({ parameter, from, to }) => [
              parameter,
              String(from ?? unset),
              String(to ?? unset),
            ]),
          },
    ],
  }
}

/** The best against the baseline: pairs of the confirmation, throughput over time, every reported figure. */
export function gainSection(input: ReportInput): Section {
  const { report } = input
  const { best, baseline, confirmation, objective } = report
  const label = metricLabel(objective.metric)
  const unjudged = baseline?.clientLimited === true
  const different = best !== null && baseline !== null && best.number !== baseline.number
  return {
    title: 'Best against the baseline',
    blocks: [
      ...(confirmation.length === 0
        ? []
        : [
            {
              kind: 'text' as const,
              text: `Both were ${runsAlready(input.spec) ? '' : 'started afresh and '}measured again in turn, ${counted(confirmation.length, 'time')} each.`,
            },
            {
              kind: 'table' as const,
              head: ['Pair', `Baseline, ${label}`, `Best, ${label}`, 'Change'],
              rows: confirmation.map(({ pair, best: b, baseline: a }) => [
                String(pair + 1),
                figure(a),
                figure(b),
                a === null || b === null || a === 0 ? '–' : percentChange(b / a),
              ]),
              numeric: [1, 2, 3],
            },
            ...confirmation.flatMap(({ pair, missing }) =>
              missing === null
                ? []
                : { kind: 'text' as const, text: `Pair ${pair + 1} does not count: ${missing}.` },
            ),
          ]),
      ...finalistsTable(report),
      ...pictures(input),
      ...(different
        ? [
            {
              kind: 'table' as const,
              head: ['In the search', unjudged ? `Baseline, ${NOT_JUDGED}` : 'Baseline', 'Best', 'Change'],
              rows: metricsBeside(objective.metric, best, baseline).map((name) => {
                const [a, b] = [metricOf(baseline, name), metricOf(best, name)]
                return [
                  metricTitle(name),
                  figure(a),
                  figure(b),
                  a === null || b === null || a === 0 || unjudged ? '–' : percentChange(b / a),
                ]
              }),
              numeric: [1, 2, 3],
            },
          ]
        : []),
    ],
  }
}

function finalistsTable({ finalists, best }: Report): Section['blocks'] {
  if (finalists.length < 2) return []
  return [
    {
      kind: 'text',
      text: 'Others came close in the search and were confirmed too. The largest gain wins; of those within 2 % of it, the one that changes least.',
    },
    {
      kind: 'table',
      head: ['Finalist', 'Over the baseline', 'Limits', 'Parameters changed', ''],
      rows: finalists.map(({ number, gain, feasible, changes }) => [
        `experiment ${number}`,
        gain === null ? '–' : factor(gain.ratio, 3),
        feasible ? '✓ held in every run' : '✕ not in every run',
        String(changes),
        number === best?.number ? 'chosen' : '',
      ]),
      numeric: [1, 3],
    },
  ]
}

/** Each picture of the best, over the baseline's where they differ. */
function pictures(input: ReportInput): Section['blocks'] {
  const { best, baseline } = input.report
  const of = (number: number | undefined) => {
    const found = measured(experimentOf(input, number))
    return found === null ? [] : picturesOf(found.measurement)
  }
  const beside = best?.number === baseline?.number ? [] : of(baseline?.number)
  const series = (who: string, tones: PlotSeries['tone'][], form: PlotSeries['form']) => {
    return ({ lines }: MeasurementPicture): PlotSeries[] =>
      lines.map(({ label, points }, index) => ({
        name: lines.length > 1 ? `${who}, ${label}` : who,
        tone: tones[index] ?? 'plain',
        ...{ form, points },
      }))
  }
  return of(best?.number).map((picture) => ({
    kind: 'plot',
    plot: {
      title: picture.title,
      x: picture.x,
      y: picture.y,
      wholeX: picture.seconds,
      fromZero: true,
      series: [
        ...beside
          .filter(({ name }) => name === picture.name)
          .flatMap(series('baseline', ['base', 'weak'], 'dashes')),
        ...series('best', ['best', 'plain'], 'line')(picture),
      ],
    },
  }))
}

/** The limits that the best meets or breaks, in the search and in the confirmation. */
export function limitsSection({ report }: ReportInput): Section {
  const { best, constraintsInConfirmation } = report
  return {
    title: 'Limits',
    blocks:
      best === null || best.constraints.length === 0
        ? []
        : [
            {
              kind: 'table',
              head: ['Limit', 'Measured', 'Confirmed', 'Worst'],
              rows: best.constraints.map(({ constraint, value, holds }) => {
                const confirmed = constraintsInConfirmation.find(
                  (one) => one.constraint === constraint && one.runs > 0,
                )
                return [
                  constraintText(constraint),
                  `${holds ? '✓' : '✕'} ${figure(value)}`,
                  confirmed === undefined ? '–' : `${confirmed.held} of ${confirmed.runs} runs`,
                  confirmed === undefined ? '–' : worstText(confirmed.worst),
                ]
              }),
              numeric: [1, 3],
            },
          ],
  }
}
