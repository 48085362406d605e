import type { Reporter, Suite, TestCase, TestResult } from '@playwright/test/reporter'

/** What journeys measured, which no test depends on, and the closing line that CI counts by. */
export default class Closing implements Reporter {
  private passed = 0
  private failed = 0
  private readonly figures: string[] = []

  onBegin(_: unknown, suite: Suite) {
    this.failed = suite.allTests().length
  }

  onTestEnd(test: TestCase, result: TestResult) {
    this.figures.push(...test.annotations.filter((one) => one.type === 'figure').map((one) => one.description ?? ''))
    if (result.status !== 'passed') return
    if (result.retry > 0) this.figures.push(`passed at the second try only: ${test.title}`)
    this.passed += 1
    this.failed -= 1
  }

  onEnd() {
    process.stdout.write(this.figures.map((figure) => `\n${figure}`).join(''))
    process.stdout.write(`\n${String(this.passed)} passed, ${String(this.failed)} failed\n`)
  }
}
