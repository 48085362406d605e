import type { Reporter, Suite, TestCase, TestResult } from '@playwright/test/reporter'

/** The closing line that CI counts by. */
export default class Closing implements Reporter {
  private passed = 0
  private failed = 0

  onBegin(_: unknown, suite: Suite) {
    this.failed = suite.allTests().length
  }

  onTestEnd(_: TestCase, result: TestResult) {
    if (result.status !== 'passed') return
    this.passed += 1
    this.failed -= 1
  }

  onEnd() {
    process.stdout.write(`\n${String(this.passed)} passed, ${String(this.failed)} failed\n`)
  }
}
