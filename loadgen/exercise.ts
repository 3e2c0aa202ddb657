import { readSent } from './record.ts'
import { ResponseReader } from './response-reader.ts'

const ROUNDS = 150
const TOKENS = 16

/**
 * Reads answers that never went over a wire, so that what reads real ones is compiled and fast when the first of them
 * come: about 30 ms.
 */
export function exerciseReader(): void {
  const chunk = (text: string) => Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`)
  const event = (json: unknown) => chunk(`data: ${JSON.stringify(json)}\n\n`)
  const choice = (delta: object, finish_reason: string | null) => ({
    id: 'x',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason }],
  })
  const packets = [
    Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'),
    event(choice({ role: 'assistant', content: '' }, null)),
    ...Array.from({ length: TOKENS }, (_, index) => event(choice({ content: ` word${index}` }, null))),
    event(choice({}, 'length')),
    event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: TOKENS } }),
    chunk('data: [DONE]\n\n'),
    Buffer.from('0\r\n\r\n'),
  ]
  for (let round = 0; round < ROUNDS; round += 1) {
    const reader = new ResponseReader()
    for (const packet of packets) reader.push(packet, performance.now())
    const sent = { sentMs: 0, connectMs: 0, endMs: 1, ending: 'complete' as const, error: null, reader }
    readSent(
      { ...sent, staleConnection: false },
      { index: 0, phase: 'warmup', scheduledMs: 0, originMs: 0, events: true },
      {},
    )
  }
}
