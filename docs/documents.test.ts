import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { addBenchCommand } from '../cli/bench-command.ts'
import { addServiceSide } from '../cli/service-side.ts'
import { addSuggestCommand } from '../cli/suggest-command.ts'
import { DiagnosisKind } from '../domain/diagnosis.ts'
import { TuningRequest } from '../domain/tuning.ts'

const ROOT = join(import.meta.dirname, '..')
const documents = async () => {
  const names: string[] = []
  for await (const name of glob(['*.md', 'docs/**/*.md'], { cwd: ROOT })) names.push(name)
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(ROOT, name), 'utf8') })))
}

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
  for (const { name, request } of requests)
    expect([name, TuningRequest.safeParse(request).error]).toEqual([name, undefined])
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

test('commands and their options that the documents name are there', async () => {
  const program = new Command().option('--json').option('--url <url>')
  const { signal } = new AbortController()
  addBenchCommand(program, signal)
  addSuggestCommand(program)
  addServiceSide(program, signal)
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)]
  const commands = new Set(program.commands.flatMap((command) => [command.name(), ...command.aliases()]))
  const options = new Set(all(program).flatMap((command) => command.options.map(({ long }) => long)))
  const lines = await named(/(?:^|`)(?:npx )?redline ((?:[^`\n\\]|\\\n)+)/gm)
  expect(lines.length).toBeGreaterThan(30)
  const wrong = lines.flatMap(({ name, found }) =>
    [
      ...(found.match(/^[a-z-]+/) ?? []).filter((command) => !commands.has(command)),
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
