import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { pathPlace, postgresSource } from './postgres.ts'
import { searchWith, writeScript } from './testing.ts'

async function writePrograms(folder: string, version: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const name of ['initdb', 'postgres']) {
    await writeScript(join(folder, name), `echo "${name} (PostgreSQL) ${version}"`)
  }
  return folder
}

test('the npm package comes before PATH, and its programs run', async () => {
  expect(postgresSource.places.map(({ layer }) => layer)).toEqual(['configured', 'registry', 'path'])
  const search = await searchWith(process.env)
  const place = await postgresSource.places[1]?.find(search)
  if (place === undefined || 'absent' in place) throw new Error('the npm package is not there')
  expect(await postgresSource.version(place.path, search)).toMatch(/^18\./)
})

test('finds the programs on PATH, together in one folder', async () => {
  const folder = await writePrograms(await temporaryFolder(), '16.2')
  const search = await searchWith({ ...process.env, PATH: `/nowhere:${folder}` })
  expect(await pathPlace('/nowhere').find(search)).toEqual({ path: folder, detail: 'on PATH' })
})

test("takes the newest version from Debian's folders", async () => {
  const debian = await temporaryFolder()
  for (const version of ['9', '15', '16']) await writePrograms(join(debian, version, 'bin'), version)
  const search = await searchWith({ PATH: '/nowhere' })
  expect(await pathPlace(debian).find(search)).toMatchObject({ path: join(debian, '16', 'bin') })
})

test('says where it looked when there is none', async () => {
  const search = await searchWith({ PATH: '/nowhere' })
  expect(await pathPlace('/also-nowhere').find(search)).toEqual({
    absent: 'no postgres with initdb on PATH or in /also-nowhere',
  })
})

test('a version before 15 is refused', async () => {
  const folder = await writePrograms(await temporaryFolder(), '14.9')
  const search = await searchWith(process.env)
  await expect(postgresSource.version(folder, search)).rejects.toThrow(
    'PostgreSQL 14.9; 15 or newer is needed',
  )
})

test('a configured folder without the programs is an error that names the variable', async () => {
  const search = await searchWith({ REDLINE_POSTGRES_BIN: await temporaryFolder() })
  await expect(postgresSource.places[0]?.find(search)).rejects.toThrow(
    /^REDLINE_POSTGRES_BIN is .*, but there is no initdb and postgres/,
  )
})
