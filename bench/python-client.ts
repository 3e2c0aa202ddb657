import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wholeDocument } from '../api/whole-document.ts'
import { run } from '../components/run.ts'
import { cacheFolder } from '../service/host.ts'
import { installPython } from './python-package.ts'

// Generates the API's client for Python, a package for pip, from the OpenAPI document into client/python.

const programs = await installPython(cacheFolder(process.env), 'openapi-python-client', '0.29.1')
const folder = await mkdtemp(join(tmpdir(), 'redline-client-'))
const document = join(folder, 'openapi.json')
await writeFile(document, JSON.stringify(wholeDocument()))
const said = await run(
  join(programs, 'openapi-python-client'),
  [
    'generate',
    '--path',
    document,
    '--output-path',
    join(import.meta.dirname, '../client/python'),
    '--overwrite',
  ],
  // It formats what it wrote with the ruff beside it.
  { env: { ...process.env, PATH: `${programs}:${process.env.PATH}` } },
)
await rm(folder, { recursive: true })
// It leaves out what it cannot do, and goes on.
const missing = said.split('\n').filter((line) => line.startsWith('Unable to process schema'))
if (missing.length > 0) throw new Error(missing.join('\n'))
