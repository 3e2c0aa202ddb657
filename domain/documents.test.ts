import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { DiagnosisKind } from './diagnosis.ts'
import { TuningRequest } from './tuning.ts'

const DOCS = join(import.meta.dirname, '../docs')
const documents = async () => {
  const names = (await readdir(DOCS)).filter((name) => name.endsWith('.md'))
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(DOCS, name), 'utf8') })))
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

test('links between the documents lead to what is there', async () => {
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
  for (const { name, text } of all)
    for (const [, target = '', anchor] of text.matchAll(/\]\(([\w-]+\.md)(?:#([\w-]+))?\)/g)) {
      expect([name, anchors.has(target) ? target : 'nothing']).toEqual([name, target])
      if (anchor !== undefined) expect(anchors.get(target)).toContain(anchor)
    }
})

test('the diagnoses that troubleshooting names are those that there are', async () => {
  const text = await readFile(join(DOCS, 'troubleshooting.md'), 'utf8')
  const section = text.split('## An experiment fails')[1]?.split('\n## ')[0] ?? ''
  const named = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+)/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, kind]) => kind),
  )
  expect(named.length).toBeGreaterThan(8)
  for (const kind of named) expect(DiagnosisKind.options).toContain(kind)
})
