import { expect, test } from 'vitest'
import { matching } from './commands.ts'

const commands = [
  { name: 'New tuning', hint: 'page' },
  { name: 'Pause', hint: 'this tuning' },
  { name: 'nightly vllm', hint: 'tuning, running' },
].map((command) => ({ ...command, run: () => undefined }))
const found = (text: string) => matching(commands, text).map(({ name }) => name)

test('finds commands by every word, wherever it stands, and whatever its case', () => {
  expect(found('')).toEqual(['New tuning', 'Pause', 'nightly vllm'])
  expect(found('TUNING')).toEqual(['New tuning', 'Pause', 'nightly vllm'])
  expect(found('tuning new')).toEqual(['New tuning'])
  expect(found('nothing')).toEqual([])
})

test('puts first what begins with the text', () => {
  expect(found('n')).toEqual(['New tuning', 'nightly vllm', 'Pause'])
})
