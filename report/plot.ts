import { tick } from '../domain/figures.ts'

export interface PlotPoint {
  x: number
  y: number
}

export interface PlotSeries {
  name: string
  /** A class of the page's style: it colours the marks. */
  tone: 'best' | 'plain' | 'weak' | 'base' | 'bad'
  form: 'dots' | 'triangles' | 'crosses' | 'diamonds' | 'line' | 'steps' | 'dashes'
  points: PlotPoint[]
}

export interface Plot {
  title: string
  x: string
  y: string
  series: PlotSeries[]
  /** A limit on the horizontal axis. */
  limit?: number
  wholeX?: boolean
  fromZero?: boolean
}

const WIDTH = 640
const HEIGHT = 300
const LEFT = 58
const BOTTOM = 44
const TOP = 10
const RIGHT = 12

/** Draws a plot as SVG that scales with its place; colours come from the page. */
export function svgPlot(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points)
  const xs = axis(
    [...points.map(({ x }) => x), ...(plot.limit === undefined ? [] : [plot.limit])],
    false,
    plot.wholeX,
  )
  const ys = axis(
    points.map(({ y }) => y),
    plot.fromZero,
  )
  const px = (x: number) => round(LEFT + ((x - xs.low) / (xs.high - xs.low)) * (WIDTH - LEFT - RIGHT))
  const py = (y: number) =>
    round(HEIGHT - BOTTOM - ((y - ys.low) / (ys.high - ys.low)) * (HEIGHT - BOTTOM - TOP))
  const floor = HEIGHT - BOTTOM
  const grid = [
    ...ys.ticks.map(
      (value) =>
        `<line class="g" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${py(value)}" y2="${py(value)}"/><text x="${LEFT - 6}" y="${py(value) + 4}" text-anchor="end">${tick(value)}</text>`,
    ),
    ...xs.ticks.map(
      (value) => `<text x="${px(value)}" y="${floor + 16}" text-anchor="middle">${tick(value)}</text>`,
    ),
  ]
  const limit =
    plot.limit === undefined
      ? ''
      : `<line class="limit" x1="${px(plot.limit)}" x2="${px(plot.limit)}" y1="${TOP}" y2="${floor}"/>`
  const marks = plot.series.map(
    ({ tone, form, points: of }) =>
      `<g class="${tone}">${drawn(
        form,
        of.map(({ x, y }) => ({ x: px(x), y: py(y) })),
      )}</g>`,
  )
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(plot.title)}">`,
    ...grid,
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${floor}" y2="${floor}"/>`,
    limit,
    ...marks,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(plot.x)}</text>`,
    `<text transform="translate(13 ${(TOP + floor) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(plot.y)}</text>`,
    '</svg>',
  ].join('')
}

function drawn(form: PlotSeries['form'], points: PlotPoint[]): string {
  switch (form) {
    case 'line':
    case 'dashes':
      return `<polyline class="${form}" points="${points.map(({ x, y }) => `${x},${y}`).join(' ')}"/>`
    case 'steps':
      return `<path class="line" d="${points.map(({ x, y }, index) => (index === 0 ? `M${x} ${y}` : `H${x}V${y}`)).join('')}"/>`
    case 'dots':
      return points.map(({ x, y }) => `<circle cx="${x}" cy="${y}" r="4"/>`).join('')
    case 'triangles':
      return points.map(({ x, y }) => `<path class="hollow" d="M${x} ${round(y - 5)}l5 9h-10z"/>`).join('')
    case 'diamonds':
      return points.map(({ x, y }) => `<path d="M${x} ${round(y - 7)}l7 7l-7 7l-7-7z"/>`).join('')
    case 'crosses':
      return points
        .map(({ x, y }) => `<path class="hollow" d="M${round(x - 4)} ${round(y - 4)}l8 8m0-8l-8 8"/>`)
        .join('')
  }
}

interface Axis {
  low: number
  high: number
  ticks: number[]
}

/** Chooses ends and round marks (1, 2 or 5 times a power of ten) for an axis. */
export function axis(values: number[], fromZero = false, whole = false): Axis {
  const least = fromZero ? Math.min(0, ...values) : Math.min(...values)
  const most = Math.max(...values)
  if (!Number.isFinite(least) || !Number.isFinite(most)) return { low: 0, high: 1, ticks: [0, 1] }
  const room = most > least ? (most - least) * (whole ? 0.02 : 0.08) : Math.abs(most) * 0.1 || 1
  const low = least >= 0 ? Math.max(0, least - (fromZero ? 0 : room)) : least - room
  const high = most + room
  const rough = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(
    whole ? 1 : 0,
    (([1, 2, 5, 10] as const).find((times) => times * power >= rough * 0.8) ?? 10) * power,
  )
  const first = Math.ceil(low / step)
  const count = Math.floor(high / step) - first + 1
  return {
    low,
    high,
    ticks: Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12))),
  }
}

const round = (value: number) => Math.round(value * 10) / 10

/** Writes text for HTML and its attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
