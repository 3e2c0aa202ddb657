import { readFileSync, writeFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { rooms } from '../rooms.ts'

// Draws the rooms and the imports between them, as they are, into architecture.md; with --check it only says what is not
// as drawn, or allowed and not used; with --sizes it counts lines.

const ROOT = join(import.meta.dirname, '..')
const PAGE = join(import.meta.dirname, 'architecture.md')
const IMPORT = /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^;'"]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)/g

const names = Object.keys(rooms).toSorted((a, b) => b.length - a.length)
const roomOf = (path: string) => names.find((name) => path.startsWith(`${name}/`)) ?? null

interface Arrow {
  /** Only types are imported. */
  types: boolean
}
const arrows = new Map<string, Map<string, Arrow>>(names.map((name) => [name, new Map()]))
const sizes = new Map(names.map((name) => [name, { files: 0, lines: 0, testLines: 0 }]))

for await (const path of glob('**/*.{ts,tsx}', { cwd: ROOT, exclude: ['node_modules/**', 'ui/dist/**'] })) {
  const room = roomOf(path)
  if (room === null || path === 'client/schema.ts') continue
  const text = readFileSync(join(ROOT, path), 'utf8')
  const lines = text.split('\n').length - 1
  const size = sizes.get(room)
  const isTest = /\.test\.tsx?$|\/testing\//.test(path)
  if (size !== undefined) {
    size.files += 1
    size[isTest ? 'testLines' : 'lines'] += lines
  }
  if (isTest) continue
  for (const [, type, from, dynamic] of text.matchAll(IMPORT)) {
    const other = roomOf(relative(ROOT, join(ROOT, dirname(path), from ?? dynamic ?? '')))
    if (other === null || other === room) continue
    const known = arrows.get(room)?.get(other)
    arrows.get(room)?.set(other, { types: type !== undefined && known?.types !== false })
  }
}

if (process.argv.includes('--sizes')) {
  console.log('| room | files | lines | lines of tests |\n| --- | ---: | ---: | ---: |')
  for (const [room, { files, lines, testLines }] of [...sizes].toSorted(([, a], [, b]) => b.lines - a.lines))
    console.log(`| ${room} | ${files} | ${lines} | ${testLines} |`)
} else {
  const unused = Object.entries(rooms).flatMap(([room, { imports, types = [] }]) =>
    [...imports, ...types]
      .filter((other) => arrows.get(room)?.has(other) !== true)
      .map((other) => `${room} -> ${other}`),
  )
  if (unused.length > 0) fail(`rooms.ts allows what no file imports: ${unused.join(', ')}`)
  const page = readFileSync(PAGE, 'utf8')
  const drawn = page.replace(/(?<=```mermaid\n)flowchart .*?(?=```)/s, drawing())
  if (process.argv.includes('--check') && drawn !== page)
    fail('docs/architecture.md draws other rooms or arrows than the code has: npm run rooms')
  writeFileSync(PAGE, drawn)
}

function drawing(): string {
  const id = (room: string) => room.replace('/', '-')
  const nodes = Object.entries(rooms).map(([room, { is }]) => `  ${id(room)}["${room}/<br>${is}"]`)
  const lines = Object.keys(rooms).flatMap((room) => {
    const targets = [...(arrows.get(room) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const solid = targets.filter(([, { types }]) => !types).map(([other]) => id(other))
    const dotted = targets.filter(([, { types }]) => types).map(([other]) => id(other))
    return [
      ...(solid.length > 0 ? [`  ${id(room)} --> ${solid.join(' & ')}`] : []),
      ...(dotted.length > 0 ? [`  ${id(room)} -. types only .-> ${dotted.join(' & ')}`] : []),
    ]
  })
  return ['flowchart TD', ...nodes, ...lines, ''].join('\n')
}

function fail(text: string): never {
  console.error(text)
  process.exit(1)
}
