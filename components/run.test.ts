import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { processIdentity } from '../runtimes/process-table.ts'
import { temporaryFolder } from '../tests/folder.ts'
import { CommandError, run, start } from './run.ts'

// Starting processes takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const env = process.env

async function readPid(file: string): Promise<number> {
  let text = ''
  await expect
    .poll(async () => (text = await readFile(file, 'utf8').catch(() => '')).endsWith('\n'))
    .toBe(true)
  return Number(text)
}

test('returns what a command prints on stdout and stderr', async () => {
  const output = await run('sh', ['-c', 'echo one; echo two >&2'], { env })
  expect(output.split('\n').sort()).toEqual(['', 'one', 'two'])
})

test('hands over each line, also the last one without an end', async () => {
  const lines: string[] = []
  await run('printf', ['one\\ntwo\\rthree'], { env, onLine: (line) => lines.push(line) })
  expect(lines).toEqual(['one', 'two', 'three'])
})

test('a failing command is an error with its exit code and the end of its output', async () => {
  const error: unknown = await run('sh', ['-c', 'echo "no such flag" >&2; exit 3'], { env }).catch(
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(CommandError)
  expect(error).toMatchObject({
    exit: { code: 3, signal: null },
    message: 'sh exited with code 3:\nno such flag',
  })
})

test('a command that is not there is an error', async () => {
  await expect(run('/nowhere/at-all', [], { env })).rejects.toThrow(/exited with code 127/)
})

test('an illegal instruction is named as what it means', async () => {
  await expect(run('sh', ['-c', 'kill -ILL $$'], { env })).rejects.toThrow(
    /SIGILL \(it uses instructions that this CPU/,
  )
})

test('an abort kills the command with its children and rejects with the reason', async () => {
  const file = join(await temporaryFolder(), 'pid')
  const controller = new AbortController()
  const running = run('sh', ['-c', `sleep 600 & echo $! > ${file}; wait`], { env, signal: controller.signal })
  const grandchild = await readPid(file)
  controller.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
  await expect.poll(() => processIdentity(grandchild)).toBeNull()
})

test('a command that runs past its time is killed', async () => {
  await expect(run('sleep', ['600'], { env, timeoutMs: 50 })).rejects.toThrow(
    'sleep did not end within 0.05 s',
  )
})

test('what a command leaves behind in its group goes when it ends', async () => {
  const file = join(await temporaryFolder(), 'pid')
  await run('sh', ['-c', `sleep 600 >/dev/null 2>&1 & echo $! > ${file}`], { env })
  const left = await readPid(file)
  await expect.poll(() => processIdentity(left)).toBeNull()
})

test('stopping is harmless when the command has ended', async () => {
  const child = start('true', [], { env })
  expect(await child.exited).toEqual({ code: 0, signal: null })
  await child.stop()
})

test('the command dies when this process is killed without a chance to clean up', async () => {
  const file = join(await temporaryFolder(), 'pid')
  const program = `
    import { start } from ${JSON.stringify(join(import.meta.dirname, 'run.ts'))}
    start('sh', ['-c', 'echo $$ > ${file}; sleep 600'], { env: process.env })
  `
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: 'inherit',
  })
  const child = await readPid(file)
  parent.kill('SIGKILL')
  await expect.poll(() => processIdentity(child)).toBeNull()
})
