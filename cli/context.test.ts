import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeOut } from './context.ts'
import { span } from './format.ts'

test('a file in a folder that is not there is told in plain words', async () => {
  const folder = join(tmpdir(), 'redline-nowhere')
  await expect(writeOut('x', join(folder, 'x'))).rejects.toThrow(
    `cannot write ${join(folder, 'x')}: there is no folder ${folder}`,
  )
})

test('what was expected before now takes no time, not less', () => {
  const now = Date.parse('2026-01-01T00:00:01Z')
  expect(span(new Date(now).toISOString(), '2026-01-01T00:00:00Z')).toBe('0 ms')
})
