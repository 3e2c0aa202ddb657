import { createWriteStream } from 'node:fs'
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { untar, unzip } from './archive.ts'
import { writeScript, zipOf } from './testing.ts'

test('a .tar.gz is extracted without its outer folder, and only what is wanted', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'release'))
  await writeScript(join(folder, 'release', 'program'), 'echo hello')
  await writeFile(join(folder, 'release', 'notes'), 'unwanted')
  await create({ file: join(folder, 'a.tar.gz'), cwd: folder, gzip: true }, ['release'])
  const into = join(folder, 'new', 'folder')
  await untar(join(folder, 'a.tar.gz'), into, { strip: 1, filter: (name) => !name.endsWith('notes') })
  expect(await readdir(into)).toEqual(['program'])
  expect((await stat(join(into, 'program'))).mode & 0o111).toBe(0o111)
})

test('a broken .tar.gz is an error', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'a.tar.gz'), 'no archive')
  await expect(untar(join(folder, 'a.tar.gz'), folder, { strip: 0 })).rejects.toThrow()
})

test('a .zip gives what is asked for', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'a.zip'), zipOf({ 'p/': '', 'p/one': 'first', 'p/two': 'second' }))
  const names = await unzip(join(folder, 'a.zip'), (name) =>
    name === 'p/two' ? createWriteStream(join(folder, 'out')) : null,
  )
  expect(names).toEqual(['p/two'])
  expect(await readFile(join(folder, 'out'), 'utf8')).toBe('second')
})

test('a .zip with damaged content is an error', async () => {
  const folder = await temporaryFolder()
  const zip = zipOf({ one: 'first' })
  await writeFile(join(folder, 'a.zip'), zip.subarray(0, 40))
  await expect(unzip(join(folder, 'a.zip'), () => createWriteStream(join(folder, 'out')))).rejects.toThrow()
})
