import { expect, test } from 'vitest'
import { allSettings, differences } from './configuration-words.ts'

test('tells only what differs, with the default where nothing is named', () => {
  expect(differences({ threads: 2, parallel: 4 }, { parallel: 4, poll: 0 })).toEqual([
    { name: 'threads', value: '2', baseline: 'default' },
    { name: 'poll', value: 'default', baseline: '0' },
  ])
})

test('lists settings that are alike without a baseline value', () => {
  expect(allSettings({ parallel: 4 }, { parallel: 4 })).toEqual([
    { name: 'parallel', value: '4', baseline: null },
  ])
})
