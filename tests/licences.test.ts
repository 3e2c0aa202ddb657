import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ROOT } from './service.ts'

/** What is looked at of a CycloneDX document: a licence is an id, or an expression of ids. */
const Sbom = z.object({
  components: z.array(
    z.object({
      name: z.string(),
      licenses: z
        .array(
          z.object({ license: z.object({ id: z.string() }).optional(), expression: z.string().optional() }),
        )
        .default([]),
    }),
  ),
})

/** Reads the licences that `docs/dependencies.md` allows, and those of packages that say theirs only in a file. */
async function allowed(): Promise<{ licences: Set<string>; told: Map<string, string> }> {
  const text = await readFile(join(ROOT, 'docs/dependencies.md'), 'utf8')
  const section = text.split('## Licences')[1] ?? ''
  const [list = ''] = /^Allowed: .*(?:\n.+)*/m.exec(section) ?? []
  const told = section.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\|/gm)
  return {
    licences: new Set([...list.matchAll(/`([^`]+)`/g)].map(([, id = '']) => id)),
    told: new Map([...told].map(([, name = '', id = '']) => [name, id])),
  }
}

test('what is shipped has a licence that the documents allow', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], {
    cwd: ROOT,
    maxBuffer: 2 ** 26,
  })
  const { components } = Sbom.parse(JSON.parse(stdout))
  expect(components.length).toBeGreaterThan(200)
  const { licences, told } = await allowed()
  expect(licences.size).toBeGreaterThan(5)
  const fits = (expression: string): boolean =>
    expression
      .replace(/^\((.*)\)$/, '$1')
      .split(' OR ')
      .some((choice) => choice.split(' AND ').every((id) => licences.has(id)))
  const problems = components.flatMap(({ name, licenses: [first] }) => {
    const licence = first?.license?.id ?? first?.expression ?? told.get(name) ?? 'none'
    return fits(licence) ? [] : [`${name}: ${licence}`]
  })
  expect(problems).toEqual([])
})
