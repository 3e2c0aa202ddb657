import { mkdir, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { releaseSupply, temporalSource } from './temporal.ts'
import { searchWith, serve, sha256Of, writeScript } from './testing.ts'

const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`
const goSupply = temporalSource.supplies[1]

async function releaseArchive(): Promise<Buffer> {
  const folder = await temporaryFolder()
  await writeScript(join(folder, 'temporal'), 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"')
  await create({ file: join(folder, 'a.tar.gz'), cwd: folder, gzip: true }, ['temporal'])
  return readFile(join(folder, 'a.tar.gz'))
}

test('reads the version that the command tells', async () => {
  const search = await searchWith(process.env)
  const path = join(search.cacheDir, 'temporal')
  await writeScript(path, 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"')
  expect(await temporalSource.version(path, search)).toBe('1.5.1')
})

test('another program of the same name is refused', async () => {
  const search = await searchWith(process.env)
  const path = join(search.cacheDir, 'temporal')
  await writeScript(path, 'echo "temporal 0.3, a calendar"')
  await expect(temporalSource.version(path, search)).rejects.toThrow("does not answer as Temporal's CLI does")
})

test('the release is downloaded, verified and unpacked', async () => {
  const archive = await releaseArchive()
  const asked: (string | undefined)[] = []
  const url = await serve((request, response) => {
    asked.push(request.url)
    response.end(archive)
  })
  const search = await searchWith(process.env)
  await releaseSupply(url, { [platform]: sha256Of(archive) }).fetch(search.cacheDir, search)
  expect(asked).toEqual([`/v1.5.1/temporal_cli_1.5.1_${platform}.tar.gz`])
  expect(await readdir(search.cacheDir)).toEqual(['temporal'])
  expect(await temporalSource.version(join(search.cacheDir, 'temporal'), search)).toBe('1.5.1')
})

test('a release with another hash is refused', async () => {
  const archive = await releaseArchive()
  const url = await serve((_, response) => void response.end(archive))
  const search = await searchWith(process.env)
  const supply = releaseSupply(url, { [platform]: '0'.repeat(64) })
  await expect(supply.fetch(search.cacheDir, search)).rejects.toThrow('not the expected')
})

test('go install builds the pinned version into the given folder and reports its lines', async () => {
  const tools = await temporaryFolder()
  await writeScript(
    join(tools, 'go'),
    'echo "compiling $5" >&2',
    'printf "#!/bin/sh\\necho temporal version 1.5.1\\n" > "$GOBIN/temporal"',
    'chmod +x "$GOBIN/temporal"',
  )
  const search = await searchWith({ ...process.env, PATH: `${tools}:${process.env['PATH']}` })
  const into = join(search.cacheDir, 'into')
  await mkdir(into)
  await goSupply?.fetch(into, search)
  expect(await readdir(into)).toEqual(['temporal'])
  expect(search.reports).toContainEqual({
    message: 'compiling github.com/temporalio/cli/cmd/temporal@v1.5.1',
    done: 1,
    unit: 'steps',
  })
})

test('without Go the reason says where it is had', async () => {
  const search = await searchWith({ PATH: '/nowhere' })
  await expect(goSupply?.fetch(search.cacheDir, search)).rejects.toThrow('https://go.dev/dl')
})
