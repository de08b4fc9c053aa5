// Runs on this machine: in order, own failures told, others ending all; side by side in processes that end with their parent.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AppError, type RunEvent } from "../../src/base/index.ts";
import { type Job, type LocalOptions, localRunner, type Outcome } from "../../src/search/index.ts";
import { inProcess } from "../../src/search/process.ts";
import { record } from "../cli/record.ts";

const folder = mkdtempSync(join(tmpdir(), "minnow-local-"));
afterAll(() => rmSync(folder, { recursive: true }));

const jobs = ["a", "b", "c"].map(
  (name): Job => ({ name, recipe: `/${name}.yaml`, text: "", output: `/${name}` }),
);

/** Runs the jobs; names with what became of them, and what was called in which order. */
async function ran(options: Partial<LocalOptions>) {
  const outcomes: (readonly [string, Outcome])[] = [];
  const events: RunEvent[] = [];
  const runner = localRunner({
    compress: async () => record,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    ...options,
  });
  await runner(jobs, async ({ name }, outcome) => void outcomes.push([name, outcome]));
  return { outcomes, events };
}

/** A script that stands in for the built child. */
function script(name: string, text: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text);
  return path;
}

describe("localRunner", () => {
  test("runs one after the other and says which", async () => {
    const { outcomes, events } = await ran({});
    expect(outcomes).toEqual(jobs.map(({ name }) => [name, { record }]));
    expect(events).toMatchObject([
      { message: "1 of 3: a" },
      { message: "2 of 3: b" },
      { message: "3 of 3: c" },
    ]);
  });

  test("tells what is wrong with one recipe, and goes on", async () => {
    const error = new AppError("diverged", "NaN");
    const compress: LocalOptions["compress"] = async ({ recipePath }) => {
      if (recipePath === "/b.yaml") throw error;
      return record;
    };
    const { outcomes } = await ran({ compress });
    expect(outcomes.map(([, outcome]) => outcome)).toEqual([{ record }, { error }, { record }]);
  });

  test.each(["resource", "interrupted", "internal", "locked"] as const)(
    "ends at a failure of kind %s",
    async (kind) => {
      const compress = async (): Promise<never> => {
        throw new AppError(kind, "no more");
      };
      await expect(ran({ compress })).rejects.toMatchObject({ kind });
    },
  );

  test("side by side, makes each wave in processes before it measures one after the other", async () => {
    const log = join(folder, "log");
    writeFileSync(log, "");
    const entry = script(
      "prepare",
      `import { appendFileSync } from "node:fs";
process.once("message", ({ work, options }) => {
  appendFileSync(${JSON.stringify(log)}, work + " " + options.recipePath + " " + options.threads + "\\n");
  process.send({ event: { kind: "start", id: "distill", title: "distill" } });
  process.send({ record: undefined }, () => process.disconnect());
});`,
    );
    const { readFileSync } = await import("node:fs");
    const made = (): string[] => readFileSync(log, "utf8").trim().split("\n").sort();
    const seen: string[][] = [];
    const compress: LocalOptions["compress"] = async () => {
      seen.push(made());
      return record;
    };
    const { events } = await ran({ compress, jobs: 2, threads: 1, cache: { folder }, entry });
    const starts = events.flatMap((event) => (event.kind === "start" ? [`${event.id}, ${event.title}`] : []));
    expect(starts.toSorted()).toEqual(["a", "b", "c"].map((name) => `${name}: distill, ${name}: distill`));
    const [a, b, c] = jobs.map(({ recipe }) => `prepare ${recipe} 1`);
    expect(seen).toEqual([
      [a, b],
      [a, b],
      [a, b, c],
    ]);
  });

  test("side by side needs a cache", async () => {
    await expect(ran({ jobs: 2 })).rejects.toMatchObject({ kind: "usage", path: "--jobs" });
  });
});

describe("inProcess", () => {
  const task = { work: "compress", options: { recipePath: "r.yaml" } } as const;
  const run = (
    entry: string,
    signal = new AbortController().signal,
    emit = (_: RunEvent): void => undefined,
  ) => inProcess(task, { emit, signal, entry });

  test("gives the record, and passes events on", async () => {
    const events: RunEvent[] = [];
    const entry = script(
      "well",
      `process.once("message", () => {
  process.send({ event: { kind: "start", id: "x", title: "x" } });
  process.send({ record: { name: "mini" } }, () => process.disconnect());
});`,
    );
    expect(await run(entry, undefined, (event) => events.push(event))).toEqual({ name: "mini" });
    expect(events).toEqual([{ kind: "start", id: "x", title: "x" }]);
  });

  test("rejects with the error that crossed", async () => {
    const error = { kind: "input", message: "it is broken", path: "a.onnx", hint: "get another" };
    const entry = script(
      "fails",
      `process.once("message", () => process.send(${JSON.stringify({ error })}, () => process.disconnect()));`,
    );
    await expect(run(entry)).rejects.toMatchObject(error);
  });

  test("says how a process ended that said nothing", async () => {
    const killed = script("killed", `process.once("message", () => process.kill(process.pid, "SIGKILL"));`);
    await expect(run(killed)).rejects.toMatchObject({
      kind: "resource",
      message: "the process of a run was killed",
    });
    const left = script("left", `process.once("message", () => process.exit(7));`);
    await expect(run(left)).rejects.toMatchObject({ kind: "internal", message: /code 7/ });
  });

  test("asks the process to end, waits for it, and rejects with the signal's reason", async () => {
    const controller = new AbortController();
    const entry = script(
      "slow",
      `process.on("SIGTERM", () => process.send({ event: { kind: "note", level: "info", message: "saved" } }, () => process.exit(0)));
process.once("message", () => process.send({ event: { kind: "start", id: "x", title: "x" } }));
setInterval(() => {}, 1000);`,
    );
    const told: string[] = [];
    const running = run(entry, controller.signal, (event) => {
      told.push(event.kind === "note" ? event.message : event.kind);
      if (event.kind === "start") controller.abort(new AppError("interrupted", "interrupted"));
    });
    await expect(running).rejects.toMatchObject({ kind: "interrupted" });
    expect(told).toEqual(["start", "saved"]);
  });
});
