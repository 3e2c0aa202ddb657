import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { readSettings } from '../../domain/settings.ts'
import { cacheFolder } from '../../service/up.ts'
import { installVllm } from './install.ts'
import { writeTinyModel } from './tiny-model.ts'

declare module 'vitest' {
  interface ProvidedContext {
    vllm: string
    tinyModel: string
  }
}

/** Finds or installs vLLM, and writes the model that it serves. */
export default async function setup(project: TestProject): Promise<void> {
  const cacheDir = cacheFolder(readSettings(process.env), process.env)
  const program = await installVllm(cacheDir, (text) => process.stderr.write(`  vllm: ${text}\n`))
  const model = join(cacheDir, 'model', 'tiny-llama')
  await writeTinyModel(model)
  project.provide('vllm', program)
  project.provide('tinyModel', model)
}
