// The last lines of a test run: what was skipped and why, then for programs that read it `N passed, N failed, N skipped`.
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/** The outermost group of a test, which says why it is skipped where a program is missing. */
function groupOf(test: TestCase): string {
  let name = test.name;
  for (let at = test.parent; at.type === "suite"; at = at.parent) name = at.name;
  return name;
}

/** Counts tests; a file that does not load, and an error outside all tests, count as failed. */
export default class CountingReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    const skipped = new Map<string, number>();
    for (const module of modules) {
      if (module.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state]++;
        if (state === "skipped") skipped.set(groupOf(test), (skipped.get(groupOf(test)) ?? 0) + 1);
      }
    }
    for (const [group, tests] of skipped) this.#vitest?.logger.log(`skipped: ${group}: ${tests}`);
    const { passed, failed, pending } = count;
    this.#vitest?.logger.log(`${passed} passed, ${failed} failed, ${count.skipped + pending} skipped`);
  }
}
