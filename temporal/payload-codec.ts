import type { Payload, PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import { decrypt, encrypt } from '../database/vault.ts'

const ENCODING = 'binary/encrypted'

/**
 * Encrypts what workflows and activities hand to each other, so that Temporal's servers and stores do not see it.
 * Payloads from before a key was set are read as they are. The key has 32 bytes.
 */
export function encryptionCodec(key: Buffer): PayloadCodec {
  function seal(payload: Payload): Payload {
    const plain = proto.temporal.api.common.v1.Payload.encode(payload).finish()
    return { metadata: { encoding: Buffer.from(ENCODING) }, data: encrypt(key, plain) }
  }

  function open(payload: Payload): Payload {
    const { metadata, data } = payload
    if (data == null || Buffer.from(metadata?.encoding ?? '').toString() !== ENCODING) return payload
    return proto.temporal.api.common.v1.Payload.decode(decrypt(key, Buffer.from(data)))
  }

  return {
    encode: (payloads) => Promise.resolve(payloads.map(seal)),
    decode: async (payloads) => payloads.map(open),
  }
}
