import { expect, test } from 'vitest'
import { z } from 'zod'
import { AskTell } from './ask-tell.ts'

const problem = {
  format: 'tuner-problem/1',
  parameters: [
    { name: 'Batch-Size', type: 'integer', min: 1, max: 64, scale: 'log2', default: 8 },
    { name: 'ubatch', type: 'integer', min: 1, max: 64, scale: 'log2', default: 8 },
    { name: 'share', type: 'float', min: 0.1, max: 0.9, scale: 'linear', special: [-1], default: 0.5 },
    { name: 'spec', type: 'categorical', choices: ['none', 'draft'], default: 'none' },
    {
      name: 'draft_max',
      type: 'integer',
      min: 1,
      max: 8,
      scale: 'linear',
      default: 4,
      condition: { param: 'spec', in: ['draft'] },
    },
  ],
  forbidden: [[{ param: 'ubatch', op: 'gt', ref: 'Batch-Size' }]],
  objectives: [{ metric: 'speed', direction: 'maximize' }],
  constraints: [{ metric: 'delay', op: '<=', value: 10 }],
  defaults: { 'Batch-Size': 8, ubatch: 8, share: 0.5, spec: 'none' },
}

const Config = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const Asked = z.object({
  suggestions: z.array(z.object({ id: z.string(), config: Config, reason: z.string(), text: z.string() })),
})
const Told = z.object({ incumbent: z.object({ id: z.string(), config: Config }).nullable() })

function open(seed = 7) {
  const session = new AskTell()
  const send = (line: unknown) => session.answer(JSON.stringify(line))
  expect(send({ op: 'problem', problem, seed })).toEqual({ ok: true })
  return { session, send, ask: (count = 1) => Asked.parse(send({ op: 'ask', count })).suggestions }
}

test('the first suggestion is the defaults, without parameters that do not exist', () => {
  const [first] = open().ask()
  expect(first).toMatchObject({ id: '0', config: problem.defaults, reason: 'start' })
})

test('what was measured becomes the incumbent, and a better one takes its place', () => {
  const { send, ask } = open()
  ask(2)
  const told = (id: string, speed: number, delay: number) =>
    Told.parse(send({ op: 'tell', id, status: 'ok', metrics: { speed, delay }, cost_s: 12 })).incumbent
  expect(told('0', 100, 5)?.id).toBe('0')
  expect(told('1', 300, 5)?.id).toBe('1')
})

test('nothing that runs, or meets the limit, means no incumbent', () => {
  const { send, ask } = open()
  ask(2)
  expect(send({ op: 'tell', id: '0', status: 'failed', error: 'oom', stage: 'startup' })).toEqual({
    incumbent: null,
  })
  expect(send({ op: 'tell', id: '1', status: 'ok', metrics: { speed: 9, delay: 1000 } })).toEqual({
    incumbent: null,
  })
})

test('parallel suggestions differ, obey the forbidden clause and leave out what does not exist', () => {
  const suggestions = open().ask(12)
  expect(new Set(suggestions.map(({ config }) => JSON.stringify(config))).size).toBe(12)
  for (const { config } of suggestions) {
    expect(Number(config.ubatch)).toBeLessThanOrEqual(Number(config['Batch-Size']))
    expect('draft_max' in config).toBe(config.spec === 'draft')
  }
})

test('a bad line is answered with what is wrong and changes nothing', () => {
  const { session, send, ask } = open()
  const { session: other, ask: askOther } = open()
  void other
  ask()
  askOther()
  for (const line of ['{', '[]', '{"op":"dance"}', '{"op":"ask","count":0}', '{"op":"tell","id":"0"}'])
    expect(session.answer(line), line).toHaveProperty('error')
  expect(send({ op: 'tell', id: '5', status: 'ok', metrics: {} })).toEqual({
    error: 'no suggestion has the id "5"',
  })
  expect(send({ op: 'problem', problem: { ...problem, format: 'other' } })).toHaveProperty('error')
  expect(ask()).toEqual(askOther())
})

test('a suggestion is told once', () => {
  const { send, ask } = open()
  ask()
  send({ op: 'tell', id: '0', status: 'failed' })
  expect(send({ op: 'tell', id: '0', status: 'failed' })).toEqual({
    error: 'the suggestion "0" was told already',
  })
})

test('NaN and Infinity, as other languages write them, count as no value', () => {
  const { session, ask } = open()
  ask(2)
  const line = '{"op":"tell","id":"0","status":"ok","metrics":{"speed":NaN,"delay":-Infinity}}'
  expect(session.answer(line)).toEqual({ incumbent: null })
  expect(ask()).toHaveLength(1)
})

test('a measurement that was cut short is told by its bounds and is no incumbent', () => {
  const { send, ask } = open()
  ask(2)
  const told = send({
    op: 'tell',
    id: '0',
    status: 'ok',
    metrics: {},
    bounds: { speed: { at_most: 50 }, delay: { at_least: 30 } },
  })
  expect(told).toEqual({ incumbent: null })
  const next = Told.parse(send({ op: 'tell', id: '1', status: 'ok', metrics: { speed: 90, delay: 5 } }))
  expect(next.incumbent?.id).toBe('1')
  expect(send({ op: 'tell', id: '0', status: 'ok', metrics: {}, bounds: { speed: 3 } })).toHaveProperty(
    'error',
  )
})

test('nothing can be asked before there is a problem', () => {
  expect(new AskTell().answer('{"op":"ask"}')).toHaveProperty('error')
})

test.each([
  [{ forbidden: [[{ param: 'ubatch', op: 'ge', value: 1 }]] }, 'fulfils'],
  [{ forbidden: [[{ param: 'nothing', op: 'eq', value: 1 }]] }, 'is called'],
  [{ parameters: [...problem.parameters, ...problem.parameters] }, 'same name'],
  [{ objectives: [] }, 'objectives'],
])('a problem that cannot be searched is refused: %j', (change, message) => {
  const answer = new AskTell().answer(
    JSON.stringify({
      op: 'problem',
      problem: {
        ...problem,
        parameters: problem.parameters.filter(({ type }) => type !== 'float'),
        ...change,
      },
    }),
  )
  expect(JSON.stringify(answer)).toContain(message)
})
