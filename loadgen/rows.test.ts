import { expect, test } from 'vitest'
import { MAX_ROWS, Rows } from './rows.ts'

const times = (rows: Rows) => rows.ordered().map(([at]) => at)
const everyNth = (count: number, stride: number) =>
  Array.from({ length: Math.ceil(count / stride) }, (_, index) => index * stride)

test('more rows than are kept are thinned out evenly', () => {
  const rows = new Rows(2)
  for (let at = 0; at < MAX_ROWS; at += 1) rows.push(at, 0)
  expect([rows.count, rows.stride]).toEqual([MAX_ROWS, 1])
  for (let at = MAX_ROWS; at < 5 * MAX_ROWS; at += 1) rows.push(at, 0)
  expect(rows.stride).toBe(8)
  expect(times(rows)).toEqual(everyNth(5 * MAX_ROWS, 8))
})

test('rows of several threads merge as thinly as the thinnest', () => {
  const many = new Rows(1)
  for (let at = 0; at < 3 * MAX_ROWS; at += 1) many.push(at)
  const few = new Rows(1)
  for (let at = 0; at < 100; at += 1) few.push(10 * MAX_ROWS + at)
  for (const order of [
    [many, few],
    [few, many],
  ]) {
    const merged = new Rows(1)
    for (const rows of order) merged.merge(structuredClone(rows.pack()))
    expect(merged.stride).toBe(4)
    expect(times(merged)).toEqual([
      ...everyNth(3 * MAX_ROWS, 4),
      ...everyNth(100, 4).map((at) => 10 * MAX_ROWS + at),
    ])
  }
})
