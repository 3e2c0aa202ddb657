import { expect, test } from 'vitest'
import { SendOrder } from './send-order.ts'

test('requests are handed on as they were sent, each once those before it have ended', () => {
  const taken: string[] = []
  const order = new SendOrder<string>((value) => taken.push(value))
  for (const index of [2, 3, 5]) order.sent(index)
  order.ended(5, 'third')
  order.ended(4, 'never told of')
  expect(taken).toEqual([])
  order.ended(2, 'first')
  expect(taken).toEqual(['first'])
  order.ended(3, 'second')
  order.ended(3, 'again')
  expect(taken).toEqual(['first', 'second', 'third'])
})
