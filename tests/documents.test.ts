import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { z } from 'zod'
import { commandsOf, documents, type Document } from '../docs/commands.ts'
import { freePort } from '../runtimes/ports.ts'
import { ROOT, startTestService, type TestService } from './service.ts'

// Every command in a block of commands is run, in the order of its page and in one shell, unless this says why not.

const SUITE = 'it is part of the suite, or runs the suite'
const BENCH = 'it measures for minutes to hours on a quiet machine'
const COMPOSE = 'npm run test:compose brings it up with images made there'
const CLUSTER = 'it wants a cluster; npm run test:compose holds the chart against what Kubernetes takes'
const FRESH = 'npm run test:quickstart runs it on a machine that has nothing'
const PYTHON = 'npm run test:api runs the example with the generated client'

/** Commands by how they begin, with the reason why they are not run here. */
const NOT_HERE: Record<string, string> = {
  'git clone': FRESH,
  'apt-get install': FRESH,
  'npm run demo': FRESH,
  'npm start': 'the service that the other commands ask is started like that',
  'npm run dev': 'it is npm start, restarted on change',
  'npm run check': SUITE,
  'npm test': SUITE,
  'npx vitest': SUITE,
  'npm run test:': SUITE,
  'npm run docs': SUITE,
  'npm run sbom': 'tests/licences.test.ts reads what it writes',
  'npm run format': 'it would change the files under test',
  'npm run screenshots': 'it would write the pictures anew',
  'npm run bench:': BENCH,
  'deploy/make-secrets.sh': COMPOSE,
  'REDLINE_SITE=': COMPOSE,
  'docker compose': COMPOSE,
  kubectl: CLUSTER,
  'helm install': CLUSTER,
  'npx redline restore': 'it wants an empty service; tests/operations.test.ts restores into one',
  'npm run client:python': PYTHON,
  'python3 -m venv': PYTHON,
  'REDLINE_URL=http://127.0.0.1:4680 venv/bin/python': PYTHON,
  'export TEMPORAL_': 'it wants an account of Temporal Cloud',
}

/** Commands whose exit code is a verdict that depends on the machine, with those that their page names. */
const VERDICTS: Record<string, number[]> = {
  'npx redline bench --': [1, 2],
  'npx redline bench compare': [1],
  'npx redline verify': [1],
}

const entryOf = <Value>(table: Record<string, Value>, command: string) =>
  Object.entries(table).find(([beginning]) => command.startsWith(beginning))

let pages: Document[]
let folder: string
let service: TestService
let secured: TestService
let engine: ChildProcess
let engineUrl: string

beforeAll(async () => {
  pages = await documents()
  // A clone to work in, of which nothing is changed.
  folder = await mkdtemp(join(tmpdir(), 'redline-documents-'))
  for (const name of await readdir(ROOT)) await symlink(join(ROOT, name), join(folder, name))
  service = await startTestService()
  secured = await startTestService({ REDLINE_LISTEN: '0.0.0.0' })
  const port = await freePort()
  engineUrl = `http://127.0.0.1:${port}`
  const args = ['--model', inject('model'), '--port', String(port), '--threads', '1', '--parallel', '8']
  engine = spawn(inject('llamaServer'), args, { stdio: 'ignore' })
  await vi.waitFor(async () => expect((await fetch(`${engineUrl}/health`)).ok).toBe(true), {
    timeout: 60_000,
    interval: 100,
  })
})
afterAll(async () => {
  engine.kill()
  await service.remove()
  await secured.remove()
  await rm(folder, { recursive: true })
})

test('what is not run is still in the documents', () => {
  const commands = pages.flatMap(commandsOf)
  const unused = [...Object.keys(NOT_HERE), ...Object.keys(VERDICTS)].filter(
    (beginning) => !commands.some((command) => command.startsWith(beginning)),
  )
  expect(unused).toEqual([])
})

/** A page starts several tunings. */
const TIMEOUT_MS = 15 * 60_000

/** Pages in the order of reading; the last is about a service that people sign in to. */
const RUN = [
  'docs/quickstart.md',
  'docs/reports.md',
  'docs/engines.md',
  'docs/guides.md',
  'docs/deployment.md',
]

test('no page has commands that nobody runs', () => {
  const runnable = pages.filter((page) =>
    commandsOf(page).some((command) => entryOf(NOT_HERE, command) === undefined),
  )
  expect(runnable.map(({ name }) => name).toSorted()).toEqual([...RUN, 'docs/security.md'].toSorted())
})

test.each(RUN)('the commands of %s do what it says', { timeout: TIMEOUT_MS }, async (name) => {
  await runPage(name, service)
})

test(
  'the commands of docs/security.md do what it says, to one who may',
  { timeout: TIMEOUT_MS },
  async () => {
    const code = /\/join#([\w-]+)/.exec(secured.output())?.[1]
    const ask = async (path: string, body: object, headers: Record<string, string> = {}) =>
      fetch(`${secured.url}/api/v1/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
    const joined = await ask('users', { code, name: 'ada', password: 'correct horse battery' })
    const cookie = joined.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const created = await ask('tokens', { name: 'documents', role: 'admin' }, { Cookie: cookie })
    const { token } = z.object({ token: z.string() }).parse(await created.json())
    await runPage('docs/security.md', secured, { REDLINE_TOKEN: token })
  },
)

async function runPage(name: string, on: TestService, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const page = pages.find((one) => one.name === name)
  expect(page).toBeDefined()
  const commands = page === undefined ? [] : commandsOf(page)
  const script = commands
    .filter((command) => entryOf(NOT_HERE, command) === undefined)
    .map((command) => {
      const [, verdicts = []] = entryOf(VERDICTS, command) ?? []
      const allowed =
        verdicts.length === 0 ? '' : ` || case $? in ${verdicts.join('|')}) ;; *) exit 1 ;; esac`
      return `printf '%s\\n' ${JSON.stringify(`$ ${command}`).replaceAll('$', '\\$')} >&2\n${command}${allowed}`
    })
    .join('\n')
    .replaceAll('http://127.0.0.1:4680', on.url)
    .replaceAll('http://127.0.0.1:8000', engineUrl)
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { ...on.env, REDLINE_URL: on.url, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')])
  expect(shell.exitCode, `${output.slice(-1000)}\n${errors.slice(-2000)}`).toBe(0)
}
