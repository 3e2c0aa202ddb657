import jstat from 'jstat'

const { normal } = jstat.jStat
/** Every pair of points is looked at, so long series are averaged down to so many. */
const MOST_POINTS = 200

export interface Trend {
  /** Median slope over all pairs of points, per point of the series (Theil 1950, Sen 1968). */
  slope: number
  /** Change over the whole series, as a share of its median. */
  change: number
  /** Two-sided probability of so clear a trend by chance (Mann 1945, Kendall 1975). */
  p: number
}

/** Returns the trend of a series by the Mann-Kendall test and Theil and Sen's slope; null for fewer than eight points. */
export function trendOf(series: readonly number[]): Trend | null {
  const points = averagedDown(series)
  const n = points.length
  if (n < 8) return null
  const slopes: number[] = []
  let s = 0
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) {
      const difference = (points[j] ?? 0) - (points[i] ?? 0)
      s += Math.sign(difference)
      slopes.push(difference / (j - i))
    }
  }
  const variance = (n * (n - 1) * (2 * n + 5) - tieTerm(points)) / 18
  const z = s === 0 || variance <= 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance)
  const slope = median(slopes)
  const level = Math.abs(median(points))
  return {
    slope: (slope * n) / series.length,
    change: level === 0 ? 0 : (slope * (n - 1)) / level,
    p: 2 * normal.cdf(-Math.abs(z), 0, 1),
  }
}

function averagedDown(series: readonly number[]): number[] {
  if (series.length <= MOST_POINTS) return [...series]
  return Array.from({ length: MOST_POINTS }, (_, point) => {
    const from = Math.floor((point * series.length) / MOST_POINTS)
    const to = Math.floor(((point + 1) * series.length) / MOST_POINTS)
    return series.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from)
  })
}

/** What tied values take from the variance of Kendall's sum. */
function tieTerm(points: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const point of points) counts.set(point, (counts.get(point) ?? 0) + 1)
  let term = 0
  for (const t of counts.values()) term += t * (t - 1) * (2 * t + 5)
  return term
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
}
