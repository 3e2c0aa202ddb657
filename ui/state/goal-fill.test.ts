import { createSignal } from 'solid-js'
import { expect, test } from 'vitest'
import { createGoalFill, filled, type Preset } from './goal-fill.ts'
import { withValue, type JsonObject } from './request-draft.ts'

const preset = (over: Partial<Preset> = {}): Preset => ({
  description: 'Many slots',
  space: {
    parallel: { type: 'integer', low: 4, high: 64, scale: 'power-of-two' },
    flash_attn: { type: 'boolean' },
  },
  rules: ['parallel * 512 <= ctx_size'],
  args: { ctx_size: 32_768 },
  ...over,
})
const draft: JsonObject = {
  name: 'mine',
  preset: 'latency',
  engine: { kind: 'llama.cpp', model: 'm', args: { ctx_size: 1024, flash_attn: 'on' } },
  space: { poll: { type: 'boolean' } },
  rules: ['poll'],
}

test('a preset takes the place of space and rules, fixes its values, and does not vary what is fixed', () => {
  expect(filled(draft, preset())).toEqual({
    name: 'mine',
    engine: { kind: 'llama.cpp', model: 'm', args: { ctx_size: 32_768, flash_attn: 'on' } },
    space: { parallel: { type: 'integer', low: 4, high: 64, scale: 'power-of-two' } },
    rules: ['parallel * 512 <= ctx_size'],
  })
})

test('a preset without rules and fixed values leaves none behind', () => {
  const bare = withValue(draft, '/engine/args', undefined)
  const next = filled(bare, preset({ rules: [], args: {} }))
  expect(next).not.toHaveProperty('rules')
  expect(next.engine).toEqual({ kind: 'llama.cpp', model: 'm' })
})

test('every filling is undone and done again with the edits that were made, and nothing else is touched', () => {
  const [request, setRequest] = createSignal(draft)
  const fill = createGoalFill(request, setRequest)
  expect([fill.undo(), fill.redo()]).toEqual([null, null])

  fill.fill('throughput', preset())
  setRequest(withValue(request(), '/space/parallel/low', 8))
  const edited = request()
  fill.fill('latency', preset({ space: { poll: { type: 'boolean' } } }))
  setRequest(withValue(request(), '/name', 'renamed'))
  expect(fill.goal()).toBe('latency')

  fill.undo()?.()
  expect(request()).toEqual({ ...edited, name: 'renamed' })
  expect(fill.goal()).toBe('throughput')
  fill.undo()?.()
  expect(request()).toEqual({ ...draft, name: 'renamed' })
  expect([fill.goal(), fill.undo()]).toEqual([null, null])

  fill.redo()?.()
  expect(request()).toEqual({ ...edited, name: 'renamed' })
})
