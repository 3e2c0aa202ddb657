import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { SEALED } from '../domain/mask-secrets.ts'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts bytes with a key of 32: AES-256-GCM with a fresh nonce, kept as nonce, tag, text. */
export function encrypt(key: Buffer, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text])
}

/** Decrypts what `encrypt` made; throws when it was made with another key, or changed since. */
export function decrypt(key: Buffer, bytes: Buffer): Buffer {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES))
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  } catch (error) {
    throw new Error('it was encrypted with another key: see REDLINE_ENCRYPTION_KEY', { cause: error })
  }
}

/** Closes secrets before they are stored, and opens them where they are used. */
export interface Vault {
  seal: (secret: string) => string
  /** Opens what was sealed; what was stored before there was a key is returned as it is. */
  open: (stored: string) => string
}

/** Returns the vault of a key; without one secrets are stored as they are. */
export function vaultOf(key: Buffer | undefined): Vault {
  return {
    seal: (secret) =>
      key === undefined ? secret : `${SEALED}${encrypt(key, Buffer.from(secret)).toString('base64')}`,
    open(stored) {
      if (!stored.startsWith(SEALED)) return stored
      if (key === undefined) throw new Error('it is encrypted: REDLINE_ENCRYPTION_KEY is not set here')
      return decrypt(key, Buffer.from(stored.slice(SEALED.length), 'base64')).toString()
    },
  }
}
