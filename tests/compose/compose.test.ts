import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { dockerForTests, type TestDocker } from '../docker.ts'
import { ROOT, runCli } from '../service.ts'
import { composed, type Composed } from './composed.ts'
import { buildImages, image } from './images.ts'

// One after the other: each test goes on where the one before left the service.

let docker: TestDocker
let service: Composed
let token = ''
let tuningId = ''
const tell = (text: string) => void process.stderr.write(`  compose: ${text}\n`)
const redline = (...args: string[]) => runCli({ ...service.env, REDLINE_TOKEN: token }, ...args)

beforeAll(async () => {
  docker = await dockerForTests()
  await buildImages(docker.host, { cacheDir: inject('cacheDir'), llamaServer: inject('llamaServer'), tell })
  service = await composed(docker.host, inject('model'))
  tell('building the image of Redline')
  await service.build()
})
afterAll(async () => {
  await service.remove()
  await docker.stop()
})

test('the image runs as nobody, and holds neither secrets nor tests', async () => {
  const config = await service.docker('image', 'inspect', image('redline'), '--format', '{{.Config.User}}')
  expect(config.trim()).toBe('10001:10001')
  const files = await service.docker(
    ...['run', '--rm', '--entrypoint', 'find', image('redline')],
    ...['/app', '-path', '/app/node_modules', '-prune', '-o', '-type', 'f', '-print'],
  )
  expect(files).toContain('/app/ui/dist/index.html')
  expect(files).not.toMatch(/\/deploy\/|\/\.git|\.test\.ts|\/\.env/)
})

test('all services come up healthy, and the link of the first start makes an owner', async () => {
  await service.up()
  const link = /join#([\w-]+)/.exec(await service.compose('logs', 'api'))?.[1]
  const joined = await service.ask('POST', '/api/v1/users', {
    ...{ code: link, name: 'ada', password: 'correct horse battery' },
  })
  expect(joined.status).toBe(204)
  const created = await service.ask('POST', '/api/v1/tokens', { name: 'test', role: 'admin' }, joined.cookie)
  token = z.object({ token: z.string() }).parse(JSON.parse(created.body)).token
  expect(JSON.parse((await redline('hosts', '--json')).stdout)).toMatchObject({
    hosts: [{ alive: true, runtimes: expect.arrayContaining(['docker']) }],
  })
})

test('a tuning with an engine in containers is done through Caddy, over TLS', async () => {
  const request = {
    name: 'composed',
    engine: { kind: 'llama.cpp', model: service.model, args: { ctx_size: 4096, threads: 1 } },
    runtime: { kind: 'docker', image: image('llama'), program: '/opt/llama/llama-server', memory: '2GiB' },
    workload: {
      prompts: { synthetic: { inputTokens: 32, outputTokens: 8 } },
      load: { concurrency: 2 },
      duration: '3s',
      warmup: '500ms',
    },
    objective: { maximize: 'output_tokens_per_second' },
    space: { parallel: { type: 'ordinal', choices: [1, 2] } },
    budget: { experiments: 1 },
    confirmation: { pairs: 1 },
  }
  const file = join(service.folder, 'request.json')
  await writeFile(file, JSON.stringify(request))
  const done = await redline('tune', file, '--watch')
  expect(done).toMatchObject({ code: 0 })
  const tunings = z
    .array(z.object({ id: z.string(), state: z.string() }))
    .parse(JSON.parse((await redline('list', '--json')).stdout))
  expect(tunings).toMatchObject([{ state: 'completed' }])
  tuningId = tunings[0]?.id ?? ''
})

const Queried = z.object({ status: z.literal('success'), data: z.object({ result: z.array(z.unknown()) }) })
const query = async (expression: string) => {
  const response = await fetch(
    `${service.prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`,
  )
  return Queried.parse(await response.json()).data.result
}

test('Prometheus scrapes everything, and every query of the dashboard has data', async () => {
  await expect.poll(() => query('up == 0')).toEqual([])
  expect(await query('up')).toHaveLength(5)
  const dashboard = z
    .object({ panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })) })) })
    .parse(JSON.parse(await readFile(join(ROOT, 'deploy/grafana/dashboards/redline.json'), 'utf8')))
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  const empty = async () => {
    const results = await Promise.all(
      expressions.map(async (expression) => [expression, await query(expression)]),
    )
    return results.filter(([, result]) => result?.length === 0).map(([expression]) => expression)
  }
  await expect.poll(empty).toEqual([])
  const rules = await (await fetch(`${service.prometheusUrl}/api/v1/rules`)).text()
  expect(rules).toContain('RedlineNoWorker')
  expect(rules).not.toContain('"health":"err"')
})

test.each(['api', 'temporal', 'postgres', 'worker'])('%s, killed, is back by itself', async (name) => {
  const id = (await service.compose('ps', '-q', name)).trim()
  const started = () => service.docker('inspect', id, '--format', '{{.State.StartedAt}}')
  const before = await started()
  process.kill(Number(await service.docker('inspect', id, '--format', '{{.State.Pid}}')), 'SIGKILL')
  await expect.poll(started).not.toBe(before)
  await service.healthy(name)
  await expect.poll(async () => (await redline('show', tuningId)).code).toBe(0)
})

test('a backup, with all volumes deleted, brings the tuning back', async () => {
  const file = join(service.folder, 'backup.gz')
  const database = async () => ({
    ...service.env,
    DATABASE_URL: `postgresql://redline@127.0.0.1:${service.env.POSTGRES_PORT}/redline`,
    PGPASSWORD_FILE: join(ROOT, 'deploy/secrets/postgres_password'),
  })
  const report = (await redline('report', tuningId, '--format', 'md')).stdout
  expect(await runCli(await database(), 'backup', file)).toMatchObject({ code: 0 })
  await service.down('-v')
  await service.up()
  expect(await redline('show', tuningId)).toMatchObject({ code: 1 })
  expect(await runCli(await database(), 'restore', file)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 tunings with'),
  })
  expect((await redline('report', tuningId, '--format', 'md')).stdout).toBe(report)
  expect(await redline('tune', join(service.folder, 'request.json'), '--watch')).toMatchObject({ code: 0 })
})
