import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { findInstalledEngines, type SearchOptions } from './installed-engines.ts'

async function search(env: NodeJS.ProcessEnv, change: Partial<SearchOptions> = {}) {
  const cacheDir = await temporaryFolder()
  const troubles: string[] = []
  const options: SearchOptions = {
    env: { ...process.env, PATH: '/usr/bin:/bin', ...env },
    cacheDir,
    signal: new AbortController().signal,
    known: {},
    onTrouble: (text) => troubles.push(text),
    ...change,
  }
  return { options, troubles, cacheDir }
}

test('the real llama-server says its version and flags, once', async () => {
  const { options, troubles } = await search({ LLAMA_SERVER: inject('llamaServer') })
  const engines = await findInstalledEngines(options)
  expect(troubles).toEqual([])
  expect(Object.keys(engines)).toEqual(['llama.cpp'])
  expect(engines['llama.cpp']).toMatchObject({
    path: inject('llamaServer'),
    version: expect.stringMatching(/^\d+$/),
  })
  const parameters = engines['llama.cpp']?.parameters ?? []
  expect(parameters.length).toBeGreaterThan(100)
  expect(parameters.find(({ name }) => name === 'parallel')).toMatchObject({ offered: true })
  expect(await findInstalledEngines(options)).toEqual(engines)
})

test('a program is asked again when its file has changed', async () => {
  const { options, cacheDir } = await search({})
  const program = join(cacheDir, 'vllm')
  const asked = join(cacheDir, 'asked')
  const write = async (version: string) => {
    const help = '  --new-flag N          What is new. (default: 3)'
    await writeFile(
      program,
      `#!/bin/sh\necho "$*" >> ${asked}\n[ "$1" = serve ] && echo '${help}' || echo ${version}\n`,
    )
    await chmod(program, 0o755)
  }
  options.env['VLLM'] = program
  await write('0.32.0+cpu')
  const { vllm } = await findInstalledEngines(options)
  expect(vllm).toMatchObject({ path: program, version: '0.32.0+cpu' })
  expect(vllm?.parameters?.at(-1)).toMatchObject({ name: 'new_flag', default: 3 })
  await findInstalledEngines(options)
  expect((await readFile(asked, 'utf8')).split('\n').toSorted()).toEqual([
    '',
    '--version',
    'serve --help=all',
  ])
  await write('0.33.0 and more')
  expect((await findInstalledEngines(options)).vllm?.version).toBe('0.33.0')
})

test('a program that does not answer is offered with the built-in catalogue, and told of', async () => {
  const { options, troubles } = await search({ VLLM: '/bin/false' })
  const { vllm } = await findInstalledEngines(options)
  expect(vllm).toMatchObject({ path: '/bin/false', version: null })
  expect(vllm?.parameters?.length).toBeGreaterThan(10)
  expect(troubles).toEqual([expect.stringContaining('/bin/false')])
})
