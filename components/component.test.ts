import { expect, test } from 'vitest'
import { ComponentError, reasonOf } from './component.ts'

test('the error lists every layer with its reason and how to supply the component', () => {
  const error = new ComponentError([
    {
      component: 'temporal',
      attempts: [
        { layer: 'path', reason: 'no temporal on PATH' },
        { layer: 'download', reason: 'cannot reach the vendor' },
      ],
      howToSupply: 'Install it.',
    },
  ])
  expect(error.message.split('\n')).toEqual([
    'temporal is missing; every place was tried:',
    '  path        no temporal on PATH',
    '  download    cannot reach the vendor',
    '  Install it.',
  ])
})

test('a reason includes the causes of an error', () => {
  expect(reasonOf(new Error('fetch failed', { cause: new Error('refused') }))).toBe('fetch failed (refused)')
  expect(reasonOf('text')).toBe('text')
})
