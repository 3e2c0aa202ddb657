import { expect, test } from 'vitest'
import { mix32, Random, seeded } from './random.ts'

test('the generator gives the numbers of the published xoshiro128**', () => {
  const random = new Random([1, 2, 3, 4])
  const numbers = Array.from({ length: 8 }, () => random.next())
  expect(numbers).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849])
})

test('the same seeds give the same numbers, other seeds others', () => {
  const first = (...seeds: number[]) => seeded(...seeds).next()
  expect(first(1, 2, 3)).toBe(first(1, 2, 3))
  const distinct = new Set([
    first(1, 2, 3),
    first(3, 2, 1),
    first(1, 2),
    first(1, 2, 4),
    first(0),
    first(0, 0),
  ])
  expect(distinct.size).toBe(6)
})

test('integers between bounds reach both bounds and are spread evenly', () => {
  const random = seeded(7)
  const counts = [0, 0, 0, 0]
  for (let draw = 0; draw < 40_000; draw += 1) counts[random.between(3, 6) - 3]! += 1
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

test('mixing keeps distinct numbers distinct', () => {
  expect(new Set(Array.from({ length: 50_000 }, (_, index) => mix32(index))).size).toBe(50_000)
})
