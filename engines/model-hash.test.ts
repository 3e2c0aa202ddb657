import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { hashSamples, modelHash } from './model-hash.ts'

let folder: string
beforeEach(async () => {
  folder = await temporaryFolder()
})

test('a model file has the hash that sha256sum prints, and another once it is another', async () => {
  const path = join(folder, 'model.gguf')
  await writeFile(path, 'abc')
  expect(await modelHash(path)).toBe(
    'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  await writeFile(path, 'abcd')
  expect(await modelHash(path)).toBe(
    'sha256:88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589',
  )
})

test('what is no file has none', async () => {
  expect(await modelHash(folder)).toBeNull()
  expect(await modelHash('org/model')).toBeNull()
})

test('samples tell files apart by length, beginning and end', async () => {
  const size = 3 * 2 ** 20
  const hash = async (change: (bytes: Buffer) => Buffer) => {
    const path = join(folder, 'large.gguf')
    const bytes = change(Buffer.alloc(size, 7))
    await writeFile(path, bytes)
    return hashSamples(path, bytes.length)
  }
  const set = (at: number) => (bytes: Buffer) => {
    bytes[at] = 8
    return bytes
  }
  const hashes = [
    await hash((bytes) => bytes),
    await hash(set(0)),
    await hash(set(size - 1)),
    await hash((bytes) => bytes.subarray(1)),
  ]
  expect(new Set(hashes).size).toBe(4)
  expect(await hash((bytes) => bytes)).toBe(hashes[0])
})
