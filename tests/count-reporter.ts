import type { Reporter, TestModule } from 'vitest/node'

/** Ends the run with one line for people and machines: how many tests passed and how many failed. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const skipped = tests.filter((test) => test.result().state === 'skipped').length
    const brokenFiles = modules.filter((module) => module.errors().length > 0).length
    const failed =
      tests.filter((test) => test.result().state === 'failed').length + brokenFiles + errors.length
    process.stdout.write(`${skipped > 0 ? `${skipped} skipped, ` : ''}${passed} passed, ${failed} failed\n`)
  }
}
