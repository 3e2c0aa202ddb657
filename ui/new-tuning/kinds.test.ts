import { expect, test } from 'vitest'
import { RuntimeSpec } from '../../domain/runtime.ts'
import { check } from '../../domain/validation.ts'
import { Load, Prompts, TokenLength } from '../../domain/workload.ts'
import { numberFrom, valueAt, withValue, type Json } from '../state/request-draft.ts'
import { KINDS_WITHIN, LOADS, PROMPTS, RUNTIMES, type Kind } from './kinds.ts'

const choices = (
  [
    [Prompts, PROMPTS],
    [Load, LOADS],
    [TokenLength, KINDS_WITHIN.length],
    [RuntimeSpec, RUNTIMES],
  ] as const
).flatMap(([schema, kinds]) => kinds.map((kind) => ({ schema, kinds, kind, name: kind.name })))

/** A value of what a field is written with. */
const written = (input: Kind['fields'][number]['input'], before: Json | undefined): Json => {
  if (typeof input === 'object') return Object.keys(input).at(-1) ?? ''
  return before ?? { number: 0.5, text: '1s', list: [], switch: true, length: 1, turns: 1 }[input]
}

test.each(choices)('$name is told from the others by what it starts with', ({ kinds, kind }) => {
  expect(kinds.find((one) => one.matches(kind.start))).toBe(kind)
})

test.each(choices)(
  '$name starts as the API accepts it, but for what only the user knows',
  ({ schema, kind }) => {
    const asked = kind.fields.map(({ at }) => at).filter((at) => valueAt(kind.start, at) === '')
    expect((check(schema, kind.start).errors ?? []).map(({ pointer }) => pointer)).toEqual(asked)
  },
)

test.each(choices)('$name keeps its fields while a number of it is empty', ({ kinds, kind }) => {
  for (const { at, placeholder } of kind.fields.filter(({ input }) => input === 'number')) {
    const empty = numberFrom('', placeholder !== undefined)
    const { value } = withValue({ value: kind.start }, `/value${at}`, empty)
    expect(kinds.find((one) => one.matches(value))).toBe(kind)
  }
})

test.each(choices)('$name has fields that the API knows', ({ schema, kind: { start, fields } }) => {
  const full = fields.reduce((value: Json, { at, input }) => {
    const next = withValue({ value }, `/value${at}`, written(input, valueAt(value, at)))
    return next.value ?? null
  }, start)
  const messages = (check(schema, full).errors ?? []).map(({ message }) => message)
  expect(messages.filter((message) => message.startsWith('unknown'))).toEqual([])
})
