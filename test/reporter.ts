// The last line of a test run, for programs that read it: `N passed, N failed, N skipped`.
import type { Reporter, TestModule, Vitest } from "vitest/node";

/** Counts tests; a file that does not load, and an error outside all tests, count as failed. */
export default class CountingReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) count[test.result().state]++;
    }
    const { passed, failed, skipped, pending } = count;
    this.#vitest?.logger.log(`${passed} passed, ${failed} failed, ${skipped + pending} skipped`);
  }
}
