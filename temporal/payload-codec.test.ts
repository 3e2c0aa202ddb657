import { defaultPayloadConverter } from '@temporalio/common'
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { encryptionCodec } from './payload-codec.ts'

const SECRET = { token: 'hf_secret' }

test('what is encrypted shows nothing and comes back as it was', async () => {
  const codec = encryptionCodec(randomBytes(32))
  const plain = defaultPayloadConverter.toPayload(SECRET)
  const [first, second] = await codec.encode([plain, plain])
  expect(Buffer.from(first?.data ?? []).toString('latin1')).not.toContain('hf_secret')
  expect(first?.data).not.toEqual(second?.data)
  const [back] = await codec.decode([first ?? {}])
  expect(defaultPayloadConverter.fromPayload(back ?? {})).toEqual(SECRET)
})

test('payloads from before there was a key are read as they are', async () => {
  const plain = defaultPayloadConverter.toPayload(SECRET)
  expect(await encryptionCodec(randomBytes(32)).decode([plain])).toEqual([plain])
})

test('another key, or a changed payload, is an error', async () => {
  const [encrypted = {}] = await encryptionCodec(randomBytes(32)).encode([
    defaultPayloadConverter.toPayload(SECRET),
  ])
  await expect(encryptionCodec(randomBytes(32)).decode([encrypted])).rejects.toThrow('another key')
})
