import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { runCli } from '../tests/service.ts'

test('a bundle goes where it can be written, of tunings alone, and others cannot read it', async () => {
  const folder = await temporaryFolder()
  const env = { ...process.env, REDLINE_HOME: folder, REDLINE_URL: 'http://127.0.0.1:1' }
  const file = join(folder, 'nowhere', 'x.tar.gz')
  expect(await runCli(env, 'support-bundle', file)).toEqual({
    code: 1,
    stdout: '',
    stderr: `redline: cannot write ${file}: there is no folder ${join(folder, 'nowhere')}\n`,
  })
  expect(await runCli(env, 'support-bundle', join(folder, 'x'), '--tuning', '../y')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'redline: "../y" is no id of a tuning: see `redline list`\n',
  })
  expect(await readdir(folder)).toEqual([])
  const there = join(folder, 'there.tar.gz')
  await writeFile(there, '')
  await chmod(there, 0o644)
  expect(await runCli(env, 'support-bundle', there)).toMatchObject({ code: 0 })
  expect((await stat(there)).mode & 0o777).toBe(0o600)
})
