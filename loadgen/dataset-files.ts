import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** A dataset that cannot be used; the message says where and why, in a line. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError'
}

/** A line of a file or an element of its list, with where it is. */
export interface Entry {
  /** Counted from 1. */
  place: number
  text: string
}

const MAX_ENTRY_CHARACTERS = 64 * 1024 * 1024

/** Yields the lines of a file that are not empty, reading only as far as they are wanted. */
export async function* readLines(file: string): AsyncGenerator<Entry> {
  const input = createReadStream(file, 'utf8')
  const failed = new Promise<never>((_, reject) =>
    input.once('error', (error) => reject(readError(file, error))),
  )
  failed.catch(() => undefined)
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]()
  try {
    for (let place = 1; ; place += 1) {
      const { value, done } = await Promise.race([lines.next(), failed])
      if (done === true) return
      const text = String(value).replace(/^\uFEFF/, '')
      if (text.trim() !== '') yield { place, text }
    }
  } finally {
    input.destroy()
  }
}

/** Yields the elements of the JSON list that a file holds, one at a time: the file may be larger than memory. */
export async function* readListElements(file: string): AsyncGenerator<Entry> {
  let place = 0
  let depth = 0
  let inString = false
  let escaped = false
  let element = ''
  const input = createReadStream(file, 'utf8')
  try {
    for await (const chunk of input) {
      const text = String(chunk)
      let from = depth >= 2 || (depth === 1 && inString) ? 0 : -1
      for (let at = 0; at < text.length; at += 1) {
        const character = text[at]
        if (inString) {
          if (escaped) escaped = false
          else if (character === '\\') escaped = true
          else if (character === '"') inString = false
          continue
        }
        if (character === '"') inString = true
        else if (character === '[' || character === '{') {
          depth += 1
          if (depth === 1 && character === '{')
            throw new DatasetError(`${file} holds no list: it begins with {`)
          if (depth === 2) from = at
        } else if (character === ']' || character === '}') {
          depth -= 1
          if (depth === 1) {
            place += 1
            yield { place, text: element + text.slice(Math.max(0, from), at + 1) }
            element = ''
            from = -1
          }
        } else if (depth === 0 && character !== undefined && !/[\s\uFEFF]/.test(character) && place === 0)
          throw new DatasetError(`${file} holds no JSON list`)
      }
      if (from !== -1) element += text.slice(from)
      if (element.length > MAX_ENTRY_CHARACTERS)
        throw new DatasetError(`${file}: element ${place + 1} is longer than 64 MiB`)
    }
  } catch (error) {
    throw error instanceof DatasetError ? error : readError(file, error)
  } finally {
    input.destroy()
  }
  if (depth !== 0) throw new DatasetError(`${file} ends within element ${place + 1}`)
}

function readError(file: string, error: unknown): DatasetError {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return new DatasetError(`there is no file ${file}`)
  if (code === 'EISDIR') return new DatasetError(`${file} is a folder`)
  return new DatasetError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`)
}
