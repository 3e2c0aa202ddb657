import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { modelSource, wheelsSupply } from './model.ts'
import { searchWith, serveFiles, sha256Of, zipOf } from './testing.ts'

const pieces = ['GGUF, first ', 'second ', 'third']

function wheels(): Record<string, Buffer> {
  return Object.fromEntries(
    pieces.map((piece, n) => [
      `part${n}.whl`,
      zipOf({ [`part${n}/data/gemma-3-270m-q4_k_m.gguf.part0${n}`]: piece, [`part${n}/__init__.py`]: '' }),
    ]),
  )
}

const pin = (files: Record<string, Buffer>) =>
  Object.entries(files).map(([filename, content]) => ({ project: 'p', filename, sha256: sha256Of(content) }))

test('the pieces are put together in order, and nothing else stays', async () => {
  const files = wheels()
  const search = await searchWith({ PIP_INDEX_URL: await serveFiles(files) })
  await wheelsSupply(pin(files), sha256Of(pieces.join(''))).fetch(search.cacheDir, search)
  expect(await readdir(search.cacheDir)).toEqual(['gemma-3-270m-q4_k_m.gguf'])
  expect(await readFile(join(search.cacheDir, 'gemma-3-270m-q4_k_m.gguf'), 'utf8')).toBe(pieces.join(''))
  const total = Object.values(files).reduce((sum, { length }) => sum + length, 0)
  expect(search.reports).toContainEqual({
    message: 'downloading Gemma 3 270M',
    done: total,
    total,
    unit: 'bytes',
  })
})

test('pieces that make another model are refused', async () => {
  const files = wheels()
  const search = await searchWith({ PIP_INDEX_URL: await serveFiles(files) })
  const supply = wheelsSupply(pin(files).reverse(), sha256Of(pieces.join('')))
  await expect(supply.fetch(search.cacheDir, search)).rejects.toThrow('not the expected')
})

test('a missing piece is named', async () => {
  const files = wheels()
  const pins = [...pin(files), { project: 'p', filename: 'part9.whl', sha256: '0'.repeat(64) }]
  const search = await searchWith({ PIP_INDEX_URL: await serveFiles(files) })
  await expect(wheelsSupply(pins, '').fetch(search.cacheDir, search)).rejects.toThrow('lists no part9.whl')
})

test('a configured file must be a GGUF file', async () => {
  const search = await searchWith({})
  const path = join(search.cacheDir, 'model')
  const find = () => modelSource.places[0]?.find({ ...search, env: { REDLINE_MODEL: path } })
  await expect(find()).rejects.toThrow('there is no such file')
  await writeFile(path, 'safetensors')
  await expect(find()).rejects.toThrow('that is no GGUF file')
  await writeFile(path, 'GGUF...')
  expect(await find()).toEqual({ path, detail: 'set by REDLINE_MODEL' })
})
