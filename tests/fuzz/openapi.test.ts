import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { installPython } from '../../bench/python-package.ts'
import { start } from '../../components/run.ts'
import { Role } from '../../domain/access.ts'
import { cookieOf, PASSWORD } from '../api.ts'
import { quickRequest, STAND_IN_ENGINE, startTestService, type TestService } from '../service.ts'

/**
 * Left out of the long run: the stream of the list never ends, signing out ends the session of the run, and the fuzzer
 * breaks off at YAML of several documents, as Kubernetes' is.
 */
const APART = ['followTunings', 'signOut', 'readBest']

let service: TestService
let schemathesis: string
const cookies: Partial<Record<Role, string>> = {}

beforeAll(async () => {
  const programs = await installPython(inject('cacheDir'), 'schemathesis', '4.32.5')
  schemathesis = join(programs, 'schemathesis')
  service = await startTestService({ REDLINE_LISTEN: '0.0.0.0', LLAMA_SERVER: STAND_IN_ENGINE })
  cookies.admin = await become('admin', /join#([\w-]+)/.exec(service.output())?.[1] ?? '')
  for (const role of ['viewer', 'operator'] as const) {
    const invited = await send('POST', '/invitations', cookies.admin, { role })
    cookies[role] = await become(role, z.object({ code: z.string() }).parse(await invited.json()).code)
  }
})
afterAll(() => service.remove())

function send(method: string, path: string, cookie = '', body?: object): Promise<Response> {
  return fetch(`${service.url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', cookie },
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function become(name: string, code: string): Promise<string> {
  const joined = await send('POST', '/users', '', { code, name, password: PASSWORD })
  expect(joined.status).toBe(204)
  return cookieOf(joined)
}

/** Runs the fuzzer with all of its checks in a user's name and returns how it ended, with what went wrong. */
async function fuzz(cookie: string, ...args: string[]) {
  const child = start(
    schemathesis,
    [
      ...['--config-file', join(import.meta.dirname, 'schemathesis.toml'), 'run'],
      ...[`${service.url}/openapi.json`, '--checks', 'all'],
      ...['--max-examples', '20', '--seed', '1', '--generation-database', 'none', '--continue-on-failure'],
      ...['--request-timeout', '30', '--no-color', ...args],
    ],
    { env: { ...service.env, REDLINE_TEST_SESSION: cookie.split('=')[1] }, cwd: service.home },
  )
  const { code } = await child.exited
  const output = child.output()
  process.stdout.write(`${output.slice(output.lastIndexOf(' SUMMARY '))}\n`)
  if (code === 0) return { code, output: '' }
  const log = await readFile(join(service.home, 'logs/api.log'), 'utf8')
  return {
    code,
    output: [output, ...log.split('\n').filter((line) => line.includes('request failed'))].join('\n'),
  }
}

test.for(Role.options)('whatever a %s sends, the API answers as its document says', async (role) => {
  const cookie = cookies[role] ?? ''
  if (role === 'admin') {
    // Otherwise the fuzzer makes one of them admin, and takes its own rights away.
    for (const name of ['viewer', 'operator'])
      expect((await send('DELETE', `/users/${name}`, cookie)).status).toBe(204)
  }
  await send('POST', '/tunings', cookies.admin, quickRequest())
  expect(await fuzz(cookie, ...APART.flatMap((id) => ['--exclude-operation-id', id]))).toEqual({
    code: 0,
    output: '',
  })
  expect(await (await send('GET', '/session', cookie)).json()).toMatchObject({ user: { name: role, role } })
  expect(await fuzz(cookie, '--include-operation-id', 'signOut')).toEqual({ code: 0, output: '' })
})
