import { expect, test } from 'vitest'
import { modelQuantity, type Observed } from './quantity-model.ts'

const LINE = [0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1]
const points = LINE.map((code) => Float64Array.of(code))
const truth = (code: number) => 10 * Math.exp(2 * code)
const exact = (code: number): Observed => ({ value: truth(code), bound: null })
const scale = { logarithmic: true, sign: 1 } as const
const at = (observed: Observed[], code: number, sign: 1 | -1 = 1) => {
  const { mean, variance } = modelQuantity(points, observed, { ...scale, sign })
    .withPending([])
    .predict(Float64Array.of(code))
  return { value: Math.exp(sign * mean), variance }
}

test('a value known to be at least something is taken for what its neighbours say, not for the bound', () => {
  const known = LINE.map(exact)
  const asBound = known.with(5, { value: truth(0.75) / 2, bound: '>=' })
  const asValue = known.with(5, { value: truth(0.75) / 2, bound: null })
  expect(at(asBound, 0.75).value / truth(0.75)).toBeCloseTo(1, 1)
  expect(at(asValue, 0.75).value / truth(0.75)).toBeLessThan(0.9)
})

test('a bound that its neighbours would not expect moves the model beyond it', () => {
  const bounded = LINE.map(exact).with(7, { value: 4 * truth(1), bound: '>=' })
  expect(at(bounded, 1).value).toBeGreaterThan(1.5 * truth(1))
})

test('at most is at least, the other way round, whichever way the scale is turned', () => {
  for (const sign of [1, -1] as const) {
    const loose = LINE.map(exact).with(5, { value: 2 * truth(0.75), bound: '<=' })
    expect(at(loose, 0.75, sign).value / truth(0.75)).toBeCloseTo(1, 1)
    const tight = LINE.map(exact).with(7, { value: truth(1) / 4, bound: '<=' })
    expect(at(tight, 1, sign).value).toBeLessThan(truth(1) / 1.5)
  }
})

test('where only a bound is known the model is less sure than where the value is', () => {
  const bounded = LINE.map(exact).with(7, { value: truth(0.8), bound: '>=' })
  expect(at(bounded, 1).variance).toBeGreaterThan(2 * at(LINE.map(exact), 1).variance)
})
