import { expect, test } from 'vitest'
import { SOBOL_MAX_DIMENSIONS, sobolSequence } from './sobol.ts'

test('points are those of SciPy 1.17 (scipy.stats.qmc.Sobol, scramble=False)', () => {
  const point = sobolSequence(SOBOL_MAX_DIMENSIONS)
  expect(Array.from({ length: 8 }, (_, index) => point(index).slice(0, 4))).toEqual([
    [0, 0, 0, 0],
    [0.5, 0.5, 0.5, 0.5],
    [0.75, 0.25, 0.25, 0.25],
    [0.25, 0.75, 0.75, 0.75],
    [0.375, 0.375, 0.625, 0.875],
    [0.875, 0.875, 0.125, 0.375],
    [0.625, 0.125, 0.875, 0.625],
    [0.125, 0.625, 0.375, 0.125],
  ])
  expect(point(37).slice(50)).toEqual([
    0.421875, 0.265625, 0.328125, 0.296875, 0.234375, 0.953125, 0.578125, 0.984375, 0.359375, 0.296875,
  ])
  expect(point(63).slice(55)).toEqual([0.609375, 0.234375, 0.265625, 0.453125, 0.703125])
})

test('a shifted sequence still puts one point into each of 2^k equal slices of every coordinate', () => {
  const point = sobolSequence(12, (dimension) => 0x9e3779b9 * (dimension + 1))
  const points = Array.from({ length: 64 }, (_, index) => point(index))
  for (let dimension = 0; dimension < 12; dimension++) {
    const slices = points.map((coordinates) => Math.floor((coordinates[dimension] ?? 0) * 64))
    expect(new Set(slices).size).toBe(64)
  }
})
