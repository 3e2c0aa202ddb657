import type { Payload, PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ENCODING = 'binary/encrypted'
const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A payload cannot be read: it was encrypted with another key. */
export class DecryptionError extends Error {}

/**
 * Encrypts what workflows and activities hand to each other, so that Temporal's servers and stores do not see it:
 * AES-256-GCM, a fresh nonce for each payload, kept as nonce, tag, text. Payloads from before a key was set are read
 * as they are. The key has 32 bytes.
 */
export function encryptionCodec(key: Buffer): PayloadCodec {
  function encrypt(payload: Payload): Payload {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, key, nonce)
    const plain = proto.temporal.api.common.v1.Payload.encode(payload).finish()
    const text = Buffer.concat([cipher.update(plain), cipher.final()])
    return {
      metadata: { encoding: Buffer.from(ENCODING) },
      data: Buffer.concat([nonce, cipher.getAuthTag(), text]),
    }
  }

  function decrypt(payload: Payload): Payload {
    const { metadata, data } = payload
    if (data == null || Buffer.from(metadata?.encoding ?? '').toString() !== ENCODING) return payload
    const bytes = Buffer.from(data)
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES))
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    try {
      const plain = Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
        decipher.final(),
      ])
      return proto.temporal.api.common.v1.Payload.decode(plain)
    } catch (error) {
      throw new DecryptionError('a payload was encrypted with another key: see REDLINE_ENCRYPTION_KEY', {
        cause: error,
      })
    }
  }

  return {
    encode: (payloads) => Promise.resolve(payloads.map(encrypt)),
    decode: async (payloads) => payloads.map(decrypt),
  }
}
