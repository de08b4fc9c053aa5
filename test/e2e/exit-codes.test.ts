// Every command ends with 0 when all went well, with 1 for a check that failed, with 2 for a wrong command line, with 3 for an input
// that it refuses, and with 130 or 143 after a signal, which leaves nothing half written.
import { createHash } from "node:crypto";
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/base/index.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { root } from "../docs/documents.ts";
import { hasRedis, noRedis, type RedisServer, startRedis } from "../search/redis.ts";
import { inputs, type Line, type Row, redis, rows, type Words } from "./exit-rows.ts";
import { type Ended, type Installed, installed } from "./installed.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What `npm run evidence` tells of a cell. */
    cell?: {
      readonly row: string;
      readonly end: keyof Row;
      readonly codes: readonly (number | null)[];
      /** Milliseconds from each signal to the end. */
      readonly ms?: readonly number[];
      readonly never?: string;
    };
  }
}

let world: Installed;
let server: RedisServer | undefined;
beforeAll(async () => {
  world = installed({ trainStep: 100, testStep: 100 });
  if (hasRedis) server = await startRedis();
  for (const [path, content] of Object.entries(inputs)) {
    mkdirSync(dirname(join(world.folder, path)), { recursive: true });
    writeFileSync(join(world.folder, path), content);
  }
  mkdirSync(join(world.folder, "temporary"));
}, 60_000);
afterAll(async () => {
  await server?.stop();
  rmSync(world.folder, { recursive: true });
});

/** A copy of a result with a file that is not as it was written. */
function change({ from, to }: NonNullable<Line["changed"]>): void {
  cpSync(join(world.folder, from), join(world.folder, to), { recursive: true });
  appendFileSync(join(world.folder, to, "config.json"), " ");
}

/** A document on stdout says what is wrong; a defect of minnow ends with 2 as well, and its kind is another. */
const ends = [
  { end: "ok", code: 0, kind: undefined, told: "" },
  // the document is what was asked for, and what failed stands on stderr
  { end: "gate", code: exitCodes.gate, kind: undefined, told: expect.stringMatching(/^error: /) },
  { end: "usage", code: exitCodes.usage, kind: "usage", told: "" },
  { end: "refused", code: exitCodes.input, kind: "input", told: "" },
] as const;

const signals = [
  { signal: "SIGINT", code: exitCodes.interrupted, kind: "interrupted" },
  { signal: "SIGTERM", code: exitCodes.terminated, kind: "terminated" },
] as const;

test("every command has a row, and every row a command", () => {
  const named = new Set(Object.keys(rows).map(commandOf));
  expect([...named].sort()).toEqual(commands.map(({ name }) => name).sort());
});

const commandOf = (row: string): string => row.split(" ")[0] ?? row;
const lineOf = (cell: Words | Line): Line => ("words" in cell ? cell : { words: cell });
const withServer = (words: Words): Words => words.map((word) => (word === redis && server?.url) || word);
const kindIn = (out: string): string | undefined =>
  (JSON.parse(out) as { readonly error?: { readonly kind: string } }).error?.kind;

/** Cells with what they need, by end. */
const cellsOf = (end: keyof Row) =>
  Object.entries(rows).map(([row, cells]) => {
    const cell = cells[end];
    const never = "never" in cell ? cell.never : undefined;
    const line = "never" in cell ? { words: [] } : lineOf(cell);
    const lacks = line.words.includes(redis) && !hasRedis ? noRedis : undefined;
    return { row, end, never, line, lacks };
  });

describe.each(ends)("$end", ({ end, code, kind, told }) => {
  test.for(cellsOf(end))("$row", { timeout: 60_000 }, ({ row, never, line, lacks }, { task, skip }) => {
    if (lacks) skip(lacks);
    if (never !== undefined) {
      task.meta.cell = { row, end, codes: [], never };
      return expect(never).toMatch(/^\w+ \w+ .{20}/);
    }
    if (line.changed) change(line.changed);
    const words = withServer(line.words);
    const ended = world.minnow(commandOf(row), ...words, "--json", "--progress", "none");
    task.meta.cell = { row, end, codes: [ended.code] };
    expect({ code: ended.code, err: ended.err }, ended.out).toEqual({ code, err: told });
    expect(kindIn(ended.out)).toBe(kind);
  });
});

/** Hashes of the files of all results and of temporary ones; a sweep writes its trials' recipes before all else. */
const filesNow = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...world.files("out"), ...world.files("temporary")]
      .filter((file) => !file.endsWith("/recipe.yaml"))
      .map((file) => [file, createHash("sha256").update(readFileSync(file)).digest("hex")]),
  );

/** Starts the command, sends the signal when it is at work, and gives how it ended and after how long. */
async function interrupted(
  command: string,
  { words, call, beside }: Line,
  signal: NodeJS.Signals,
): Promise<Ended & { readonly ms: number }> {
  const other = beside && world.start([...withServer(beside), "--progress", "none"]);
  const { child, ended, says } = world.start(
    [command, ...withServer(words), "--json", "--progress", "json"],
    {
      env: {
        TMPDIR: join(world.folder, "temporary"),
        ...(call !== undefined && { MINNOW_FAULT: `${call}:${signal}` }),
      },
      ...(call !== undefined && { node: ["--import", join(root, "bench/faults.js")] }),
    },
  );
  try {
    await says(call === undefined ? /("kind":"progress".*){3}/s : /^sent /m);
    const begun = performance.now();
    if (call === undefined) child.kill(signal);
    const end = await ended;
    const ms = Math.round(performance.now() - begun);
    other?.child.kill("SIGINT");
    if (other) expect((await other.ended).code).toBe(exitCodes.interrupted);
    return { ...end, ms };
  } finally {
    for (const one of [child, other?.child]) one?.kill("SIGKILL");
  }
}

describe("interrupt", () => {
  const end = "interrupt";
  test.for(cellsOf(end))("$row", { timeout: 60_000 }, async ({ row, never, line, lacks }, { task, skip }) => {
    if (lacks) skip(lacks);
    if (never !== undefined) {
      task.meta.cell = { row, end, codes: [], never };
      return expect(never).toMatch(/^\w+ \w+ .{20}/);
    }
    const before = filesNow();
    const told: { readonly code: number | null; readonly ms: number }[] = [];
    for (const { signal, code, kind } of signals) {
      const stopped = await interrupted(commandOf(row), line, signal);
      told.push(stopped);
      task.meta.cell = { row, end, codes: told.map((one) => one.code), ms: told.map(({ ms }) => ms) };
      expect({ code: stopped.code, errors: stopped.err.match(/error/) }, stopped.out).toEqual({
        code,
        errors: null,
      });
      expect(kindIn(stopped.out)).toBe(kind);
      expect(filesNow()).toEqual(before);
    }
  });

  test("what was interrupted goes on from its checkpoint", () => {
    const { code, err } = world.minnow("compress", "long.yaml", "--cache", "stopped", "--progress", "plain");
    expect(code).toBe(0);
    expect(err).toMatch(/goes on at step \d+/);
  }, 60_000);
});

test("what was refused left nothing behind", () => {
  expect(world.files("out/no")).toEqual([]);
  expect(world.files(".").filter((file) => file.endsWith("no.yaml"))).toEqual([]);
});
