import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { vaultOf } from './vault.ts'

const vault = vaultOf(randomBytes(32))

test('what is sealed is opened by the same key alone', () => {
  const sealed = vault.seal('hf_säcret')
  expect(sealed).not.toContain('cret')
  expect(vault.seal('hf_säcret')).not.toBe(sealed)
  expect(vault.open(sealed)).toBe('hf_säcret')
  expect(() => vaultOf(randomBytes(32)).open(sealed)).toThrow('encrypted with another key')
  expect(() => vaultOf(undefined).open(sealed)).toThrow('REDLINE_ENCRYPTION_KEY is not set here')
  expect(() => vault.open(sealed.slice(0, -8))).toThrow('encrypted with another key')
})

test('what was stored before there was a key is read as it is', () => {
  expect(vault.open(vaultOf(undefined).seal('plain'))).toBe('plain')
})
