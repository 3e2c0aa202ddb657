import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'

/** Counts the tokens of a text, with those that begin and end every prompt when asked. */
export type CountTokens = (text: string, special?: boolean) => number

/**
 * Opens a model's tokenizer: a folder with a `tokenizer.json` (and a `tokenizer_config.json`, where there is one), or
 * that file. Throws an Error that says what is missing or cannot be read.
 */
export function openTokenizer(path: string): CountTokens {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'tokenizer.json') : path
  if (!existsSync(file)) throw new Error(`there is no tokenizer ${file}`)
  const config = join(dirname(file), 'tokenizer_config.json')
  try {
    const tokenizer = new Tokenizer(readObject(file), existsSync(config) ? readObject(config) : {})
    return (text, special = false) => tokenizer.encode(text, { add_special_tokens: special }).ids.length
  } catch (error) {
    throw new Error(`${file} is no tokenizer: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function readObject(file: string): object {
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (typeof json !== 'object' || json === null) throw new Error('not a JSON object')
  return json
}
