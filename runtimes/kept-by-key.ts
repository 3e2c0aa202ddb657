import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { writeWhole } from './whole-file.ts'

/** What is kept of things with keys for the process that comes after this one: each a file of JSON, `<key>.<ending>`. */
export class KeptByKey<Value> {
  readonly #folder: string
  readonly #ending: string
  readonly #schema: z.ZodType<Value>

  constructor(folder: string, ending: string, schema: z.ZodType<Value>) {
    this.#folder = folder
    this.#ending = `.${ending}`
    this.#schema = schema
  }

  /** Returns what is kept under a key; null when that is nothing, or nothing that this version can read. */
  async get(key: string): Promise<Value | null> {
    try {
      return this.#schema.parse(JSON.parse(await readFile(this.#path(key), 'utf8')))
    } catch {
      return null
    }
  }

  async set(key: string, value: Value): Promise<void> {
    await writeWhole(this.#path(key), JSON.stringify(value))
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true })
  }

  async keys(): Promise<string[]> {
    const files = await readdir(this.#folder).catch(() => [])
    return files
      .filter((file) => file.endsWith(this.#ending))
      .map((file) => file.slice(0, -this.#ending.length))
  }

  #path(key: string): string {
    return join(this.#folder, `${key}${this.#ending}`)
  }
}
