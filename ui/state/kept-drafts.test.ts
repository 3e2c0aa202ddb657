import { beforeEach, expect, test, vi } from 'vitest'
import { carryDrafts, keepDraft, keptDraft, takeDraftsBack } from './kept-drafts.ts'

const DRAFT = { request: { name: 'half written' }, project: 'default' }
const tab = new Map<string, string>()

beforeEach(() => {
  tab.clear()
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => tab.get(key) ?? null,
    setItem: (key: string, value: string) => tab.set(key, value),
    removeItem: (key: string) => tab.delete(key),
  })
})

test('carries drafts through a sign-in elsewhere and leaves nothing of them in the tab', () => {
  keepDraft('', DRAFT)
  carryDrafts('ada')
  keepDraft('', null)
  takeDraftsBack('ada')
  expect(keptDraft('')).toEqual(DRAFT)
  expect(tab.size).toBe(0)
})

test('gives nobody the drafts of another', () => {
  keepDraft('', DRAFT)
  carryDrafts('ada')
  keepDraft('', null)
  takeDraftsBack('grace')
  expect(keptDraft('')).toBeUndefined()
  expect(tab.size).toBe(0)
})

test('leaves nothing in the tab without a draft', () => {
  carryDrafts('ada')
  expect(tab.size).toBe(0)
})
