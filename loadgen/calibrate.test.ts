import { expect, test } from 'vitest'
import { Workload } from '../domain/workload.ts'
import { calibratePrompts } from './calibrate.ts'
import { EndpointRefusedError, EndpointUnreachableError } from './errors.ts'
import { planRequest, PromptCalibration } from './prompts.ts'
import { asked } from './testing/chunks.ts'
import { completionServer, httpAnswer, type CompletionModel } from './testing/completion-server.ts'
import { deadBaseUrl, scriptedServer } from './testing/scripted-server.ts'

const workload = (inputTokens: unknown, rest = {}) =>
  Workload.parse({
    prompts: { synthetic: { inputTokens, outputTokens: 8 } },
    load: { concurrency: 1 },
    ...rest,
  })

async function calibrate(model: CompletionModel, inputTokens: unknown = 200) {
  await using server = await completionServer(model)
  return await calibratePrompts({ baseUrl: server.baseUrl, model: 'm' }, workload(inputTokens))
}

test('two probes give the tokens of a word and of the template', async () => {
  const calibration = await calibrate({ promptTokens: (words) => 24 + 1.5 * words })
  expect(calibration).toEqual({ tokensPerWord: 1.5, overheadTokens: 24, measured: true })
  expect(PromptCalibration.parse(JSON.parse(JSON.stringify(calibration)))).toEqual(calibration)
})

test.each([50, 128, 1000, 20_000])('afterwards a prompt of %i tokens has that length', async (wanted) => {
  const promptTokens = (words: number) => Math.round(31 + 1.37 * words)
  const calibration = await calibrate({ promptTokens }, wanted)
  const plan = { model: 'm', workload: workload(wanted), calibration, stage: 'run' as const, runSeed: 1 }
  for (let index = 0; index < 5; index += 1) {
    const tokens = promptTokens(asked(planRequest(plan, index).body).words)
    expect(Math.abs(tokens / wanted - 1)).toBeLessThan(0.02)
  }
})

test('the probes ask for one token each and are no longer than the longest prompt', async () => {
  await using server = await completionServer()
  await calibratePrompts({ baseUrl: server.baseUrl, model: 'm' }, workload({ min: 100, max: 300 }))
  const probes = server.requests.map(({ body }) => asked(body))
  expect(probes.map(({ words, maxTokens }) => [words, maxTokens])).toEqual([
    [75, 1],
    [300, 1],
  ])
})

test('without usage the lengths are guesses and marked so', async () => {
  expect(await calibrate({ silent: true })).toEqual({ tokensPerWord: 1, overheadTokens: 0, measured: false })
})

test('a dead endpoint is unreachable', async () => {
  const target = { baseUrl: await deadBaseUrl(), model: 'm' }
  await expect(calibratePrompts(target, workload(64))).rejects.toThrow(EndpointUnreachableError)
})

test('an endpoint that closes every connection is unreachable', async () => {
  await using server = await scriptedServer((reply) => reply.close())
  const target = { baseUrl: server.baseUrl, model: 'm' }
  await expect(calibratePrompts(target, workload(64))).rejects.toThrow(EndpointUnreachableError)
})

test.each([
  ['404 Not Found', '\n<h1>nothing here</h1>\n<p>', 'http_4xx', 404, 'HTTP 404: <h1>nothing here</h1>'],
  [
    '400 Bad Request',
    '{"error":{"message":"context too long"}}',
    'http_4xx',
    400,
    'HTTP 400: context too long',
  ],
  [
    '200 OK',
    '<html>Welcome to nginx</html>',
    'bad_body',
    200,
    'not an event stream: <html>Welcome to nginx</html>',
  ],
  ['200 OK', '', 'empty', 200, 'the body is empty'],
])(
  'an endpoint that answers %s refuses, with its status and first line',
  async (status, body, outcome, code, detail) => {
    await using server = await scriptedServer((reply) => reply.send(httpAnswer(status, body)))
    const target = { baseUrl: server.baseUrl, model: 'm' }
    const error = await calibratePrompts(target, workload(64)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(EndpointRefusedError)
    expect(error).toMatchObject({ outcome, status: code, detail, baseUrl: target.baseUrl })
  },
)

test('an abort ends it with the reason', async () => {
  const abort = new AbortController()
  await using server = await scriptedServer(() => abort.abort(new Error('enough')))
  const target = { baseUrl: server.baseUrl, model: 'm' }
  await expect(calibratePrompts(target, workload(64), abort.signal)).rejects.toThrow('enough')
  await expect(calibratePrompts(target, workload(64), abort.signal)).rejects.toThrow('enough')
})
