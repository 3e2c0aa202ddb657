import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { withLock } from './lock.ts'

// Starting processes takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

test('the second waits for the first, and is told so', async () => {
  const path = join(await temporaryFolder(), 'locks', 'one')
  const events: string[] = []
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  let entered = () => {}
  const inside = new Promise<void>((resolve) => (entered = resolve))
  const first = withLock(path, {}, async () => {
    entered()
    await held
    events.push('first done')
  })
  await inside
  const second = withLock(path, { onWait: () => (events.push('second waits'), release()) }, async () => {
    events.push('second works')
  })
  await Promise.all([first, second])
  expect(events).toEqual(['second waits', 'first done', 'second works'])
})

test('a failing piece of work frees the lock', async () => {
  const path = join(await temporaryFolder(), 'lock')
  await expect(withLock(path, {}, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(await withLock(path, {}, async () => 'free')).toBe('free')
})

test('a wait ends when the signal aborts', async () => {
  const path = join(await temporaryFolder(), 'lock')
  const controller = new AbortController()
  await withLock(path, {}, async () => {
    const options = { signal: controller.signal, onWait: () => controller.abort() }
    await expect(withLock(path, options, async () => 'never')).rejects.toThrow('aborted')
  })
})

test('the lock of a killed process is free', async () => {
  const path = join(await temporaryFolder(), 'lock')
  const program = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))}
    await withLock(${JSON.stringify(path)}, {}, async () => {
      console.log('locked')
      await new Promise((resolve) => setTimeout(resolve, 600_000))
    })
  `
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', program])
  await once(holder.stdout, 'data')
  let waited = false
  const onWait = () => {
    waited = true
    holder.kill('SIGKILL')
  }
  expect(await withLock(path, { onWait }, async () => 'mine')).toBe('mine')
  expect(waited).toBe(true)
})
