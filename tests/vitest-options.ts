import { join } from 'node:path'

/** What every run of tests has, of whichever part. */
export const everyRun = {
  root: join(import.meta.dirname, '..'),
  globalSetup: ['./tests/global-setup.ts'],
  reporters: ['default', './tests/count-reporter.ts'],
  // What a test waits for comes soon, but on no schedule.
  expect: { poll: { timeout: 120_000 } },
}
