import { spawn, type ChildProcess } from 'node:child_process'
import { cpus } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { coreSet, watchCpu } from './cpu-usage.ts'
import { watchMachine } from './machine-watch.ts'
import { statOf } from './process-table.ts'

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

/** Starts a process that works without end. */
function busy(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  started.push(child)
  return child
}

/** Seconds of CPU time that a process has used, by a clock of 100 ticks a second. */
function used({ pid = 0 }: ChildProcess): number {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) / 100
}

test.runIf(process.platform === 'linux')('the engine is told from what works beside it', async () => {
  const engine = busy({ REDLINE_ENGINE_KEY: '/home/redline/engines/t-1-1' })
  const ours = busy({ REDLINE_SERVICE: '/home/redline' })
  const other = busy({})
  await expect.poll(() => Math.min(used(engine), used(ours), used(other))).toBeGreaterThan(0)
  const key = 't-1-1'
  const stop = watchMachine({ devices: [], key, container: null })
  const read = watchCpu({ cores: null, container: null, isEngine: (marked) => marked.endsWith(`/${key}`) })
  const blind = watchCpu({ cores: null, container: null, isEngine: () => false })
  const before = { ms: performance.now(), own: used(engine) + used(ours), other: used(other) }
  const [engineBefore, oursBefore] = [used(engine), used(ours)]
  await expect
    .poll(() => Math.min(used(engine) - engineBefore, used(ours) - oursBefore, used(other) - before.other))
    .toBeGreaterThan(0.7)
  const usage = read()
  const capacity = (cpus().length * (performance.now() - before.ms)) / 1000
  const own = used(engine) + used(ours) - before.own
  expect((usage.others ?? 0) * capacity).toBeGreaterThan(0.7 * (used(other) - before.other))
  expect((usage.others ?? 1) * capacity).toBeLessThan(capacity - 0.9 * own)
  expect(usage.busy).toBeGreaterThan(0)
  // Without the engine in sight its work would count as that of others.
  expect(blind().others).toBeNull()

  const { samples, record } = stop()
  expect(samples.length).toBeGreaterThan(0)
  expect(record).toMatchObject({ cores: cpus().length, gpus: [] })
  expect(record?.othersMean).toBeGreaterThan(0)
  expect(record?.memoryUsedBytesMax).toBeLessThan(record?.memoryBytes ?? 0)
  expect(stop().samples).toBe(samples)
})

test('cores are read as taskset writes them', () => {
  expect([...coreSet('0-2,8')]).toEqual([0, 1, 2, 8])
})
