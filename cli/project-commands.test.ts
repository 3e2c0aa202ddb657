import { expect, test } from 'vitest'
import { runCli } from '../tests/service.ts'

test('quotas that are not said are asked for by the names of their options', async () => {
  expect(await runCli(process.env, 'project', 'quota', 'ranking')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'redline: say which quota: --running-tunings <n>, --devices <n> or both; none is no limit\n',
  })
})
