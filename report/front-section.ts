import { figure } from '../domain/figures.ts'
import { metricTitle } from '../domain/metric-words.ts'
import type { Section } from './document.ts'
import type { ReportInput } from './input.ts'

/** With two objectives, what none of the others beats in both. */
export function frontSection({ report: { front, best } }: ReportInput): Section {
  const title = 'Trade-off of the two objectives'
  const [first, second] = front?.objectives ?? []
  if (front === null || first === undefined || second === undefined) return { title, blocks: [] }
  const points = front.experiments.map(({ values: [x = 0, y = 0] }) => ({ x, y }))
  return {
    title,
    blocks: [
      {
        kind: 'plot',
        plot: {
          title: 'What meets every limit and is beaten in both by nothing',
          x: metricTitle(first.metric),
          y: metricTitle(second.metric),
          series: [{ name: 'measured once', tone: 'best', form: 'dots', points }],
        },
      },
      {
        kind: 'table',
        head: ['Experiment', metricTitle(first.metric), metricTitle(second.metric)],
        rows: front.experiments.map(({ number, values }) => [
          number === best?.number ? `${number}, chosen` : String(number),
          ...values.map(figure),
        ]),
        numeric: [1, 2],
      },
    ],
  }
}
