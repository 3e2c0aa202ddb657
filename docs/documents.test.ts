import type { Command } from 'commander'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { run } from '../components/run.ts'
import { DiagnosisKind } from '../domain/diagnosis.ts'
import { Settings } from '../domain/settings.ts'
import { TuningRequest } from '../domain/tuning.ts'
import { checkParameters } from '../engines/check.ts'
import { ENGINES } from '../engines/index.ts'
import { withPreset } from '../engines/presets.ts'
import { commandsOf, documents } from './commands.ts'
import { wholeProgram } from './generate/cli.ts'
import { fields, inputSchema } from './generate/schema.ts'

const ROOT = join(import.meta.dirname, '..')
/** What a pattern's first group finds, with the document that says it. */
async function named(pattern: RegExp): Promise<{ name: string; found: string }[]> {
  return (await documents()).flatMap(({ name, text }) =>
    [...text.matchAll(pattern)].map(([, found = '']) => ({ name, found })),
  )
}

test('every whole request in the documents is one that Redline takes', async () => {
  const requests = (await documents()).flatMap(({ name, text }) =>
    [...text.matchAll(/^```yaml\n(.*?)^```/gms)]
      .filter(([block]) => block.includes('\nname:') && block.includes('\nobjective:'))
      .map(([, yaml = '']) => ({ name, request: parse(yaml) as unknown })),
  )
  expect(requests.length).toBeGreaterThan(4)
  for (const { name, request } of requests) {
    const { data, error } = TuningRequest.safeParse(request)
    expect([name, error]).toEqual([name, undefined])
    if (data !== undefined)
      expect([name, checkParameters(withPreset(ENGINES[data.engine.kind].presets, data))]).toEqual([name, []])
  }
})

test('links lead to what is there', async () => {
  const all = await documents()
  const anchors = new Map(
    all.map(({ name, text }) => [
      name,
      [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replace(/\s/g, '-'),
      ),
    ]),
  )
  const links = all.flatMap(({ name, text }) =>
    [...text.matchAll(/\]\(([^)#:]+)(?:#([\w-]+))?\)|<img src="([^":]+)"/g)].map(
      ([, target, anchor, image]) => ({
        from: name,
        to: join(dirname(name), target ?? image ?? ''),
        anchor,
      }),
    ),
  )
  expect(links.length).toBeGreaterThan(30)
  expect(links.filter(({ to }) => !existsSync(join(ROOT, to)))).toEqual([])
  expect(
    links.filter(({ to, anchor }) => anchor !== undefined && !anchors.get(to)?.includes(anchor)),
  ).toEqual([])
})

test('files and scripts that the documents name are there', async () => {
  const files = await named(/`((?:[a-z]+\/)+[\w.-]+\.(?:ts|tsx|md|yaml|yml))`/g)
  expect(files.length).toBeGreaterThan(20)
  expect(files.filter(({ found }) => !existsSync(join(ROOT, found)))).toEqual([])
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
  const used = await named(/npm run (?:-s )?([\w:-]+)/g)
  expect(used.length).toBeGreaterThan(20)
  expect(used.filter(({ found }) => !(found in scripts))).toEqual([])
})

test('every command stands in a block of commands, where the suite runs it', async () => {
  const others = await named(/^```(?:text)?\n(.*?)^```/gms)
  const commands = others.filter(({ found }) =>
    /^(?:\$ |npx |npm |redline |curl |docker |helm |kubectl |pip )/m.test(found),
  )
  expect(commands).toEqual([])
  expect((await documents()).flatMap(commandsOf).length).toBeGreaterThan(60)
})

test('commands and their options that the documents name are there', async () => {
  const program = wholeProgram()
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)]
  const commands = new Set(program.commands.flatMap((command) => [command.name(), ...command.aliases()]))
  const options = new Set(all(program).flatMap((command) => command.options.map(({ long }) => long)))
  const lines = await named(/(?:^|`|npx )redline ((?:[^`\n\\]|\\\n)+)/gm)
  expect(lines.length).toBeGreaterThan(30)
  const wrong = lines.flatMap(({ name, found }) =>
    [
      ...(found.match(/^[a-z][a-z-]*/) ?? []).filter((command) => !commands.has(command)),
      ...(found.match(/--[a-z][\w-]*/g) ?? []).filter(
        (option) => option !== '--help' && !options.has(option),
      ),
    ].map((what) => ({ name, what })),
  )
  expect(wrong).toEqual([])
})

test('the diagnoses that troubleshooting names are those that there are', async () => {
  const text = await readFile(join(ROOT, 'docs/troubleshooting.md'), 'utf8')
  const section = text.split('## An experiment fails')[1]?.split('\n## ')[0] ?? ''
  const named = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+)/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, kind]) => kind),
  )
  expect(named.length).toBeGreaterThan(8)
  for (const kind of named) expect(DiagnosisKind.options).toContain(kind)
})

test('every field of a request and every setting says what it means', () => {
  const { root, named: parts } = inputSchema(TuningRequest)
  const all = [root, ...Object.values(parts), inputSchema(Settings).root].flatMap((schema) => fields(schema))
  expect(all.length).toBeGreaterThan(100)
  expect(all.filter(({ meaning, type }) => meaning === '' && !type.startsWith('`'))).toEqual([])
})

test('the site builds, with the reference and without a dead link', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'redline-site-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await run('npm', ['run', 'docs', '--', '--outDir', folder], { env: process.env, cwd: ROOT })
  for (const [page, words] of [
    ['reference/cli.html', '--random-input-len'],
    ['reference/spec.html', 'prompts.synthetic.inputTokens'],
    ['reference/metrics.html', 'goodput_requests_per_second'],
    ['reference/parameters.html', 'max_num_batched_tokens'],
    ['reference/outcomes.html', 'out_of_memory_under_load'],
    ['reference/settings.html', 'REDLINE_OIDC_ISSUER'],
    ['reference/api.html', '/api/v1/tunings'],
  ] as const)
    expect(await readFile(join(folder, page), 'utf8')).toContain(words)
})
