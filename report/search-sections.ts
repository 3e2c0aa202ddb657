import { configurationText } from '../domain/configuration-text.ts'
import { figure } from '../domain/figures.ts'
import { gainChange, NOT_JUDGED } from '../domain/gain-words.ts'
import { cutShortText } from '../domain/cut-short.ts'
import { parseConstraint } from '../domain/constraint.ts'
import { constraintText, metricLabel, metricTitle, metricUnit } from '../domain/metric-words.ts'
import { tradeOffs } from '../domain/trade-offs.ts'
import { measured, type ReportExperiment, type ReportInput } from './input.ts'
import type { PlotSeries } from './plot.ts'
import type { Section } from './section.ts'

const competing = ({ experiments }: ReportInput) =>
  experiments.filter(({ kind, excluded }) => kind !== 'confirmation' && !excluded)

/** The objective by experiment, with the best so far. */
export function searchSection(input: ReportInput): Section {
  const { metric, higherIsBetter } = input.report.objective
  const all = competing(input)
  const values = all.flatMap(({ objective }) => objective ?? [])
  if (values.length < 2) return { title: 'The search', blocks: [] }
  const steps: { x: number; y: number }[] = []
  for (const { number, objective, feasible } of all) {
    const last = steps.at(-1)
    if (objective === null || feasible !== true) continue
    if (last === undefined || (higherIsBetter ? objective > last.y : objective < last.y))
      steps.push({ x: number, y: objective })
  }
  const end = all.at(-1)?.number ?? 0
  const line = steps.length === 0 ? [] : [...steps, { x: end, y: steps.at(-1)?.y ?? 0 }]
  const at = (wanted: (experiment: ReportExperiment) => boolean) =>
    all
      .filter((experiment) => experiment.objective !== null && wanted(experiment))
      .map(({ number, objective }) => ({ x: number, y: objective ?? 0 }))
  const bottom = Math.min(...values)
  const failed = all.filter(({ state }) => state === 'failed').map(({ number }) => ({ x: number, y: bottom }))
  const series: PlotSeries[] = [
    { name: 'failed', tone: 'bad', form: 'crosses', points: failed },
    {
      name: 'breaks a limit',
      tone: 'weak',
      form: 'triangles',
      points: at(({ kind, feasible }) => kind !== 'baseline' && feasible !== true),
    },
    { name: 'best so far', tone: 'best', form: 'steps', points: line },
    {
      name: 'meets every limit',
      tone: 'best',
      form: 'dots',
      points: at(({ kind, feasible }) => kind !== 'baseline' && feasible === true),
    },
    { name: 'baseline', tone: 'base', form: 'diamonds', points: at(({ kind }) => kind === 'baseline') },
  ]
  return {
    title: 'The search',
    blocks: [
      {
        kind: 'plot',
        plot: {
          title: `${metricLabel(metric)} by experiment`,
          x: 'experiment',
          y: metricUnit(metric) || metricLabel(metric),
          wholeX: true,
          series: series.filter(({ points }) => points.length > 0),
        },
      },
    ],
  }
}

/** What other limits would buy. */
export function tradeOffSection(input: ReportInput): Section {
  const { metric, higherIsBetter } = input.report.objective
  const title = 'Trade-offs'
  const [first] = input.spec.constraints
  const parsed = first === undefined ? null : parseConstraint(first)
  if (parsed === null || typeof parsed === 'string') return { title, blocks: [] }
  const points = (wanted: (experiment: ReportExperiment) => boolean) =>
    competing(input).flatMap((experiment) => {
      const x = measured(experiment)?.measurement.metricsWithFailures[parsed.metric]
      return x == null || experiment.objective === null || !wanted(experiment)
        ? []
        : [{ x, y: experiment.objective }]
    })
  const series: PlotSeries[] = [
    {
      name: 'breaks a limit',
      tone: 'weak',
      form: 'triangles',
      points: points(({ kind, feasible }) => kind !== 'baseline' && feasible !== true),
    },
    {
      name: 'meets every limit',
      tone: 'best',
      form: 'dots',
      points: points(({ kind, feasible }) => kind !== 'baseline' && feasible === true),
    },
    { name: 'baseline', tone: 'base', form: 'diamonds', points: points(({ kind }) => kind === 'baseline') },
  ]
  if (series.flatMap(({ points: all }) => all).length < 2) return { title, blocks: [] }
  const offers = tradeOffs(input.report, input.experiments)
  return {
    title,
    blocks: [
      {
        kind: 'plot',
        plot: {
          title: `${metricLabel(metric)} against the limit ${constraintText(first ?? '')}`,
          x: metricTitle(parsed.metric),
          y: metricUnit(metric) || metricLabel(metric),
          limit: parsed.limit,
          series: series.filter(({ points: all }) => all.length > 0),
        },
      },
      offers.length === 0
        ? { kind: 'text', text: 'Nothing that was tried beyond one limit alone is better than the best.' }
        : {
            kind: 'list',
            items: offers.map(
              ({ metric: limited, limit, needed, ratio, experiment }) =>
                `${figure(Math.abs(needed - limit))} ${metricUnit(limited)} ${needed > limit ? 'more' : 'less'} ${metricLabel(limited)} (${figure(needed)} in place of ${figure(limit)}) buys ${gainChange(ratio, higherIsBetter)} ${metricLabel(metric)}: experiment ${experiment}, measured once.`,
            ),
          },
    ],
  }
}

/** What failed, by cause. */
export function failuresSection({ experiments }: ReportInput): Section {
  const causes = new Map<string, { count: number; evidence: string | null; advice: string }>()
  for (const { result } of experiments) {
    if (result?.status !== 'failed') continue
    const { summary, evidence, advice } = result.diagnosis
    const known = causes.get(summary)
    causes.set(summary, { count: (known?.count ?? 0) + 1, evidence: known?.evidence ?? evidence, advice })
  }
  return {
    title: 'What failed',
    blocks:
      causes.size === 0
        ? []
        : [
            {
              kind: 'table',
              head: ['Cause', 'Experiments', 'Evidence', 'What helps'],
              rows: [...causes]
                .toSorted(([, a], [, b]) => b.count - a.count)
                .map(([summary, { count, evidence, advice }]) => [
                  summary,
                  String(count),
                  evidence ?? '–',
                  advice,
                ]),
              numeric: [1],
            },
          ],
  }
}

/** So many experiments are listed; the report is to stay a file that can be mailed. */
const LISTED = 200

/** Every experiment, the best first. */
export function allExperimentsSection({ spec, report, experiments }: ReportInput): Section {
  const { metric, higherIsBetter } = report.objective
  const rank = ({ feasible, objective }: ReportExperiment) =>
    objective === null ? Infinity : (feasible === true ? 0 : 1e15) + (higherIsBetter ? -objective : objective)
  const listed = experiments.toSorted((a, b) => rank(a) - rank(b) || a.number - b.number).slice(0, LISTED)
  const left = experiments.length - listed.length
  return {
    title: 'All experiments',
    blocks: [
      {
        kind: 'table',
        head: [
          'No.',
          'Kind',
          metricLabel(metric),
          ...spec.constraints.map(constraintText),
          'Configuration',
          'Why',
        ],
        rows: listed.map((experiment) => {
          const result = measured(experiment)
          const checks = result?.constraints ?? []
          const cut = result?.measurement.cutShort
          return [
            String(experiment.number),
            experiment.kind,
            experiment.objective !== null
              ? figure(experiment.objective)
              : cut !== undefined
                ? cutShortText(cut)
                : result?.measurement.clientLimited === true
                  ? NOT_JUDGED
                  : experiment.state,
            ...spec.constraints.map((constraint) => {
              const check = checks.find((one) => one.constraint === constraint)
              return check === undefined ? '–' : `${check.holds ? '✓' : '✕'} ${figure(check.value)}`
            }),
            configurationText(experiment.configuration),
            experiment.reason,
          ]
        }),
        numeric: [2, ...spec.constraints.map((_, index) => 3 + index)],
      },
      ...(left > 0 ? [{ kind: 'text' as const, text: `${left} more are left out here.` }] : []),
    ],
  }
}
