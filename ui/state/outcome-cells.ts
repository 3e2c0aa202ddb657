import { OUTCOMES, type Outcome, type Steps } from '../../domain/outcomes.ts'

const COLOURS: Record<Outcome, string> = {
  m: 'var(--accent)',
  b: 'var(--muted-mark)',
  s: 'var(--muted-mark)',
  f: 'var(--bad)',
  c: 'var(--strong-line)',
  r: 'var(--accent-soft)',
}
const isOutcome = (letter: string): letter is Outcome => letter in OUTCOMES

/** Paints a row of cells, one for each of `total` experiments, as a CSS image: one element, however many there are. Pure. */
export function cellsImage(outcomes: string, total: number): string {
  const at = (number: number) => `${((100 * number) / Math.max(total, outcomes.length)).toFixed(2)}%`
  const stops = [...outcomes.matchAll(/(.)\1*/g)].map(({ index, 0: run, 1: letter = '' }) => {
    const colour = isOutcome(letter) ? COLOURS[letter] : 'transparent'
    return `${colour} ${at(index)} ${at(index + run.length)}`
  })
  return `linear-gradient(to right, ${[...stops, `transparent ${at(outcomes.length)}`].join(', ')})`
}

/** Counts the cells in words: `9 met every limit, 1 failed`. Pure. */
export function outcomesText(outcomes: string): string {
  return Object.entries(OUTCOMES)
    .map(([letter, meaning]) => ({ meaning, count: outcomes.split(letter).length - 1 }))
    .filter(({ count }) => count > 0)
    .map(({ meaning, count }) => `${count} ${meaning}`)
    .join(', ')
}

const WIDTH = 64
const HEIGHT = 18

/** Draws how the best has changed as the path of an SVG of 64 by 18, from the first experiment to the last. Pure. */
export function stepsPath(steps: Steps, experiments: number): string {
  const values = steps.flatMap(({ objective }) => objective ?? [])
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const x = (over: number) => ((WIDTH * over) / Math.max(1, experiments)).toFixed(1)
  const y = (value: number) =>
    (most === least ? HEIGHT / 2 : HEIGHT - 1 - ((HEIGHT - 2) * (value - least)) / (most - least)).toFixed(1)
  const drawn = steps.map(({ after, objective }, index) => {
    if (objective === null) return ''
    const until = x(steps[index + 1]?.after ?? experiments)
    const joined = (steps[index - 1]?.objective ?? null) !== null
    return `${joined ? `V${y(objective)}` : `M${x(after)} ${y(objective)}`}H${until}`
  })
  return drawn.join('')
}
