import { chmod, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { which } from '../../runtimes/which.ts'
import { cacheFolder } from '../../service/host.ts'
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
  const cacheDir = cacheFolder(process.env)
  const program = await installVllm(cacheDir, (text) => process.stderr.write(`  vllm: ${text}\n`))
  const model = join(cacheDir, 'model', 'tiny-llama')
  await writeTinyModel(model)
  project.provide('vllm', await onOneCore(program))
  project.provide('tinyModel', model)
}

/** vLLM takes every core; a load generator that comes too late for its own clock would give no figures. */
async function onOneCore(program: string): Promise<string> {
  if (availableParallelism() < 2 || (await which('taskset', process.env)) === null) return program
  const script = `${program}-on-one-core`
  await writeFile(script, `#!/bin/sh\nexec taskset -c 0 '${program}' "$@"\n`)
  await chmod(script, 0o755)
  return script
}
