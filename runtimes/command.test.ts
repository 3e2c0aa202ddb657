import { beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { commandRuntime } from './command.ts'
import { runtimeSuite } from './conformance.ts'
import { processRuntime } from './process.ts'
import type { Runtime } from './runtime.ts'

let folder: string
let runtime: Runtime

const make = () => commandRuntime(processRuntime({ folder, owner: folder }))

beforeEach(async () => {
  folder = await temporaryFolder()
  runtime = make()
})

const command = (...parts: string[]) => ({ kind: 'command' as const, command: parts })

runtimeSuite('commands', async () => ({ make, spec: command('nice', '-n', '1', '{engine}') }), {
  starts: true,
})

test('the engine stands where the command has {engine}, argument by argument', async () => {
  const spec = command('/bin/sh', '-c', 'printf "<%s>" "$@"', 'sh', 'before', '{engine}', 'after')
  await runtime.start({
    key: 'a-1-1',
    spec,
    program: '/opt/engine',
    args: () => ['--prompt', 'two words'],
    env: {},
    devices: [],
    files: [],
  })
  await expect
    .poll(async () => (await runtime.readLog('a-1-1', 0, 1000)).toString())
    .toBe('<before></opt/engine><--prompt><two words><after>')
})
