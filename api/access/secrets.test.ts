import { expect, test } from 'vitest'
import { hashPassword, hashSecret, isPassword, newSecret } from './secrets.ts'

test('a password fits its hash and no other, and two hashes of it differ', async () => {
  const hash = await hashPassword('correct horse battery')
  expect(await isPassword('correct horse battery', hash)).toBe(true)
  expect(await isPassword('correct horse batterz', hash)).toBe(false)
  expect(await hashPassword('correct horse battery')).not.toBe(hash)
})

test('a hash of the reference implementation is read', async () => {
  // argon2 -id -t 2 -m 16 -p 1 of the reference program (P-H-C/phc-winner-argon2, its README's salt and password).
  const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  expect(await isPassword('password', hash)).toBe(true)
  expect(await isPassword('passwords', hash)).toBe(false)
})

test.each(['', 'password', '$argon2id$v=19$m=1$x', '$2b$10$abcdefghijklmnopqrstuv'])(
  'what is no hash fits no password: %j',
  async (hash) => expect(await isPassword('password', hash)).toBe(false),
)

test('secrets differ, and what is stored of one tells nothing of it', () => {
  const secret = newSecret('redline_')
  expect(secret).toMatch(/^redline_[\w-]{43}$/)
  expect(newSecret('redline_')).not.toBe(secret)
  expect(hashSecret(secret)).toBe(hashSecret(secret))
  expect(hashSecret(secret)).not.toContain(secret.slice(8, 20))
})
