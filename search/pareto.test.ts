import { expect, test } from 'vitest'
import { seeded } from '../domain/random.ts'
import { hypervolume, hypervolumeGain, paretoFront, type Pair } from './pareto.ts'

test('a front holds what nothing dominates, equal points once', () => {
  const points: Pair[] = [
    [1, 4],
    [3, 2],
    [2, 2],
    [3, 2],
    [0, 4],
    [4, 0],
  ]
  expect(paretoFront(points)).toEqual([
    [4, 0],
    [3, 2],
    [1, 4],
  ])
})

test('the area of a staircase, worked out by hand', () => {
  const front = paretoFront([
    [1, 4],
    [3, 2],
  ])
  expect(hypervolume(front, [0, 0])).toBe(3 * 2 + 1 * 2)
  expect(hypervolume(front, [0, 3])).toBe(1)
  expect(hypervolume(front, [5, 5])).toBe(0)
})

test('what a point adds is the difference of the areas with and without it', () => {
  const random = seeded(5)
  for (let round = 0; round < 300; round++) {
    const points = Array.from({ length: 6 }, (): Pair => [random.unit() * 2 - 0.5, random.unit() * 2 - 0.5])
    const added: Pair = [random.unit() * 2 - 0.5, random.unit() * 2 - 0.5]
    const front = paretoFront(points)
    const whole = hypervolume(paretoFront([...points, added]), [0, 0])
    expect(hypervolumeGain(front, [0, 0], added)).toBeCloseTo(whole - hypervolume(front, [0, 0]), 12)
  }
})
