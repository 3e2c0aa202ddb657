/** Writes a figure with as many digits as it deserves; a dash for none. */
export function figure(value: number | null | undefined): string {
  if (value == null) return '–'
  const magnitude = Math.abs(value)
  const digits = magnitude >= 1000 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3
  if (value === 0) return '0'
  return grouped(value.toFixed(digits))
}

/** Writes a mark of an axis: no more digits than it needs. */
export function tick(value: number): string {
  return grouped(String(Number(value.toPrecision(6))))
}

/** Writes a whole count with separators; a dash for none. */
export function count(value: number | null | undefined): string {
  if (value == null) return '–'
  return grouped(Math.round(value).toFixed())
}

/** Writes how many there are of what is named: `1 experiment`, `1,200 experiments`. */
export function counted(value: number, name: string): string {
  return `${count(value)} ${name}${value === 1 ? '' : 's'}`
}

/** Not by `Intl`: to load what it knows of numbers takes a phone longer than to draw the page. */
function grouped(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.')
  const thousands = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? thousands : `${thousands}.${fraction}`
}

/** Beyond such a ratio, and below its inverse, an interval tells nothing but that it is wide. */
const TELLING = 100

/** Writes a ratio above 1 for better as a factor: `×1.32`. */
export function factor(ratio: number, digits = 2): string {
  if (ratio > TELLING) return `over ×${TELLING}`
  return ratio < 1 / TELLING ? `under ×${1 / TELLING}` : `×${ratio.toFixed(digits)}`
}

/** Writes how much more a ratio is, with its sign: `+32 %`. */
export function percentChange(ratio: number): string {
  if (ratio > TELLING) return `over +${(TELLING - 1) * 100} %`
  const percent = (ratio - 1) * 100
  const shown = Math.abs(percent) >= 10 ? percent.toFixed(0) : percent.toFixed(1)
  return `${percent >= 0 ? '+' : '−'}${shown.replace('-', '')} %`
}

/** Returns how many times better a value is than the baseline; null where that says nothing. */
export function gainOver(
  baseline: number | null,
  value: number | null | undefined,
  higherIsBetter: boolean,
): number | null {
  if (baseline === null || value == null || baseline <= 0 || value <= 0) return null
  return higherIsBetter ? value / baseline : baseline / value
}

/** Writes a share from 0 to 1 as a percentage without decimals. */
export function percent(share: number): string {
  return `${Math.round(Math.min(1, Math.max(0, share)) * 100)} %`
}
