import { expect, test } from 'vitest'
import { ACTIONS, TuningAction } from './action.ts'
import { actionText } from './action-words.ts'
import { ACTION_NAMES, refusal } from './action-rules.ts'

test('a finished tuning can be taken up again, but not paused', () => {
  expect(refusal('extend', 'completed')).toBeNull()
  expect(refusal('resume', 'cancelled')).toBeNull()
  expect(refusal('resume', 'failed')).toBeNull()
  expect(refusal('pause', 'completed')).toBe('the tuning is completed: it cannot be paused')
  expect(refusal('resume', 'completed')).toContain('extend its budget')
})

test('what is being cancelled takes nothing but another cancel', () => {
  const taken = ACTION_NAMES.filter((action) => refusal(action, 'cancelling') === null)
  expect(taken).toEqual(['cancel'])
})

test('an extension says by how much', () => {
  expect(ACTIONS.extend.safeParse({}).error?.issues[0]?.message).toContain('say by how much')
  const extend = TuningAction.parse({ action: 'extend', arguments: { experiments: 5, time: '1h' } })
  expect(actionText(extend)).toBe('extended by 5 experiments and 1h')
})
