// A sweep of twelve trials over two workers through Redis, one of them killed while it works: all results, none twice.
import { tested } from "./vitest.js";

export function run() {
  const { told, skipped, wrong } = tested("test/e2e/queue.test.ts", "sweep");
  return { sweeps: told, skipped, wrong };
}

export function text({ sweeps, skipped, wrong }) {
  if (skipped > 0) return "sweep: skipped, redis-server is not installed";
  const told = sweeps.map(({ trials, done, named, rows, runs, whole, taken: [killed, other] }) => {
    const twice = done - named + (rows - runs);
    return `  sweep.json: ${done} of ${trials} trials done, ${named} different
  compare.json: ${rows} results of ${runs} different runs
  folders of trials with every file as it was written: ${whole}
  trials that were begun: ${killed} by the worker that was killed, ${other} by the other

sweep: ${trials} trials over two workers, one killed while it worked: ${done} results, ${twice === 0 ? "none" : twice} twice`;
  });
  return [...told, ...(wrong.length > 0 ? ["sweep: not as promised"] : [])].join("\n");
}
