import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { freePort } from '../runtimes/ports.ts'
import { temporaryFolder } from '../tests/folder.ts'
import { run, start } from './run.ts'
import { temporalDevServer } from './temporal-dev-server.ts'

const options = {
  binary: '/opt/temporal',
  dbFile: '/data/t.db',
  port: 7233,
  uiPort: 8233,
  namespace: 'redline',
}

test('every search attribute is registered with its type', () => {
  const { command, args } = temporalDevServer({
    ...options,
    searchAttributes: { Engine: 'Keyword', Best: 'Double' },
  })
  expect(command).toBe('/opt/temporal')
  expect(args.slice(-4)).toEqual([
    '--search-attribute',
    'Engine=Keyword',
    '--search-attribute',
    'Best=Double',
  ])
})

test('the server listens on the loopback only and polls its queues without waiting for ticks', () => {
  const line = temporalDevServer({ ...options, searchAttributes: {} }).args.join(' ')
  expect(line).toContain('--ip 127.0.0.1 --port 7233 --ui-port 8233 --namespace redline')
  expect(line).toContain('--sqlite-pragma journal_mode=wal --sqlite-pragma synchronous=normal')
  expect(line).toContain('--dynamic-config-value history.transferProcessorMaxPollRPS=2000')
  expect(line).toContain('--dynamic-config-value history.timerProcessorMaxPollRPS=2000')
})

test('the real server keeps its workflows and search attributes when it is killed and started again', async () => {
  const env = process.env
  const [port, uiPort] = [await freePort(), await freePort()]
  const { command, args } = temporalDevServer({
    ...{ binary: inject('temporalCli'), dbFile: join(await temporaryFolder(), 'temporal.db'), port, uiPort },
    ...{ namespace: 'redline', searchAttributes: { Engine: 'Keyword' } },
  })
  const ask = (...words: string[]) =>
    run(command, [...words, '--address', `127.0.0.1:${port}`, '--namespace', 'redline'], { env })
  const startServer = async () => {
    const server = start(command, args, { env })
    onTestFinished(() => server.stop())
    const ready = () =>
      ask('workflow', 'list').then(
        () => true,
        () => false,
      )
    await expect.poll(ready).toBe(true)
    return server
  }

  const first = await startServer()
  const workflow = ['--workflow-id', 'kept', '--type', 'some', '--task-queue', 'some']
  await ask('workflow', 'start', ...workflow, '--search-attribute', 'Engine="vllm"')
  expect((await fetch(`http://127.0.0.1:${uiPort}/`)).ok).toBe(true)
  await first.stop()

  await startServer()
  expect(await ask('workflow', 'describe', '--workflow-id', 'kept')).toMatch(/Engine.*vllm/)
})
