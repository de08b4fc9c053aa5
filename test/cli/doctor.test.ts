// minnow doctor: facts are judged, problems end with `resource`, and what it says of this machine is so.
import { mkdtempSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { minimumNode, version } from "../../src/base/index.ts";
import { type Facts, gatherFacts } from "../../src/cli/doctor/facts.ts";
import { doctorOutcome, type Row, rowsOf } from "../../src/cli/doctor/rows.ts";
import { main } from "../../src/cli/main.ts";
import { openEngine } from "../../src/engine/index.ts";
import { fakeIo } from "./world.ts";

const facts: Facts = {
  minnow: "1.2.3",
  node: "20.19.0",
  minimumNode: "20.19",
  engine: {
    value: {
      name: "onnxruntime",
      version: "1.30.0",
      providers: [
        { name: "cpu", bundled: true },
        { name: "cuda", bundled: false },
      ],
    },
  },
  platform: "Linux 6.1 x64",
  architecture: "x64",
  cpu: "A processor",
  cores: 8,
  instructions: ["avx2", "avx512f"],
  load: { value: undefined },
  energy: undefined,
  memory: { free: 2e9, total: 16e9 },
  disk: { path: "/work", free: { value: 1e9 } },
  temporary: { path: "/tmp", writable: { value: true } },
  cache: { path: "/home/ada/.cache/minnow", bytes: { value: 1_500_000 } },
};

const wrongRows = (more: Partial<Facts>): readonly Row[] =>
  rowsOf({ ...facts, ...more }).filter(({ status }) => status !== "ok");

describe("the table", () => {
  it("where all is well", () => {
    const { text, failure } = doctorOutcome(facts);
    expect(failure).toBeUndefined();
    expect(text).toMatchInlineSnapshot(`
      "what             value                              status
      minnow           1.2.3                              ok
      Node             20.19.0                            ok
      engine           onnxruntime 1.30.0                 ok
      providers        cpu, cuda (not bundled)            ok
      platform         Linux 6.1 x64                      ok
      processor        A processor                        ok
      cores            8                                  ok
      instructions     avx2, avx512f                      ok
      load             quiet                              ok
      energy           no energy meter                    ok
      memory           2.00 GB free of 16.0 GB            ok
      disk             1.00 GB free in /work              ok
      temporary files  /tmp                               ok
      cache            /home/ada/.cache/minnow (1.50 MB)  ok
      "
    `);
  });

  it("with warnings has their hints below, and no failure", () => {
    const { text, failure } = doctorOutcome({ ...facts, memory: { free: 1e9, total: 2e9 } });
    expect(failure).toBeUndefined();
    expect(text).toMatch(/^memory +1.00 GB free of 2.00 GB +warning$/m);
    expect(text).toMatch(/\n\nwarning: memory: a run may need 2.00 GB; .*\n$/);
  });

  it("shows control characters of a path as such", () => {
    const cache = { path: "/a\u001b[31m\nb", bytes: { value: undefined } };
    expect(doctorOutcome({ ...facts, cache }).text).toContain("/a\\x1b[31m\\nb (not there yet)");
  });
});

const cases: readonly (readonly [string, Partial<Facts>, Row["name"], Row["status"], RegExp])[] = [
  ["Node is old", { node: "20.9.1" }, "Node", "problem", /install Node 20\.19 or later/],
  ["Node is older", { node: "18.20.0" }, "Node", "problem", /install/],
  ["no AVX2", { instructions: ["avx512f"] }, "instructions", "warning", /no avx2/],
  ["no NEON", { architecture: "arm64", instructions: ["bf16"] }, "instructions", "warning", /no asimd/],
  [
    "others have the processors",
    { load: { value: "the machine was busy: other processes used 1.90 of 2 processors" } },
    "load",
    "warning",
    /times taken now would be withheld/,
  ],
  ["little memory", { memory: { free: 2e9 - 1, total: 4e9 } }, "memory", "warning", /2\.00 GB/],
  ["little disk", { disk: { path: "/w", free: { value: 1e9 - 1 } } }, "disk", "warning", /1\.00 GB/],
  ["no folder", { disk: { path: "/w", free: { error: "it is gone" } } }, "disk", "problem", /go to/],
  [
    "no temporary files",
    { temporary: { path: "/t", writable: { error: "/t: no" } } },
    "temporary files",
    "problem",
    /TMPDIR/,
  ],
  ["no cache", { cache: { path: "/c", bytes: { error: "/c: no" } } }, "cache", "warning", /MINNOW_CACHE/],
  [
    "no engine",
    { engine: { error: "libonnxruntime.so: wrong ELF class", hint: "another one" } },
    "engine",
    "problem",
    /^another one$/,
  ],
];

describe("judgement", () => {
  it.each(cases)("%s", (_title, more, name, status, hint) => {
    const rows = wrongRows(more);
    expect(rows.map((row) => [row.name, row.status])).toEqual([[name, status]]);
    expect(rows[0]?.hint).toMatch(hint);
  });

  it.each<Partial<Facts>>([
    { node: "20.19.0" },
    { node: "22.1.0" },
    { node: "100.0.0" },
    { instructions: undefined },
    { architecture: "arm64", instructions: ["asimd"] },
    { architecture: "riscv64", instructions: [] },
    { cache: { path: "/c", bytes: { value: undefined } } },
  ])("nothing is wrong with %j", (more) => {
    expect(wrongRows(more)).toEqual([]);
  });

  it("of several problems is one failure that tells each", () => {
    const { failure } = doctorOutcome({ ...facts, node: "18.0.0", engine: { error: "it does not load" } });
    expect(failure).toMatchObject({ kind: "resource", message: "2 problems: Node, engine" });
    expect(failure?.facts.problems).toEqual([
      "Node: 18.0.0. Hint: install Node 20.19 or later",
      "engine: it does not load. Hint: install minnow again",
    ]);
  });
});

describe("facts of this machine", () => {
  it("are those of Node, the engine and the folders", async () => {
    const home = mkdtempSync(join(tmpdir(), "minnow-doctor-"));
    writeFileSync(join(home, "a"), "12345");
    const found = await gatherFacts({ cwd: home, env: { MINNOW_CACHE: home }, home, temporary: home });
    const engine = await openEngine();
    expect(found).toMatchObject({
      minnow: version(),
      node: process.versions.node,
      minimumNode: minimumNode(),
      cores: availableParallelism(),
      architecture: arch(),
      engine: { value: { name: engine.name, version: engine.version } },
      temporary: { path: home, writable: { value: true } },
      cache: { path: home, bytes: { value: 5 } },
    });
    expect(minimumNode()).toMatch(/^\d+\.\d+$/);
    expect(engine.providers()).toContainEqual({ name: "cpu", bundled: true });
    expect(found.memory.free).toBeGreaterThan(0);
    expect(found.memory.total).toBeGreaterThanOrEqual(found.memory.free);
    expect(found.disk.free).toMatchObject({ value: expect.any(Number) });
  });

  it("are errors in words where a folder cannot be used", async () => {
    const home = mkdtempSync(join(tmpdir(), "minnow-doctor-"));
    const file = join(home, "file");
    writeFileSync(file, "");
    const found = await gatherFacts({
      cwd: join(home, "gone"),
      env: { MINNOW_CACHE: file },
      home,
      temporary: file,
    });
    expect(found.disk.free).toMatchObject({
      error: expect.stringContaining("there is no such file or folder"),
    });
    expect(found.temporary.writable).toMatchObject({ error: expect.stringContaining("is not a folder") });
    expect(found.cache.bytes).toMatchObject({ error: expect.stringContaining("is not a folder") });
  });
});

describe("an engine that does not load", () => {
  afterEach(() => {
    vi.doUnmock("onnxruntime-node");
    vi.resetModules();
  });

  it("is a problem in the error's words, and the rest is told all the same", async () => {
    vi.resetModules();
    vi.doMock("onnxruntime-node", () => {
      throw new Error("libonnxruntime.so.1: cannot open shared object file");
    });
    const again = await import("../../src/cli/doctor/facts.ts");
    const home = tmpdir();
    const found = await again.gatherFacts({ cwd: home, env: {}, home, temporary: home });
    expect(found.engine).toMatchObject({
      error: expect.stringMatching(/^onnxruntime-node: ONNX Runtime does not load on /),
      hint: expect.stringContaining("npm install"),
    });
    expect(wrongRows({ ...found, memory: facts.memory, disk: facts.disk })[0]).toMatchObject({
      name: "engine",
      status: "problem",
    });
  });
});

describe("minnow doctor", () => {
  afterEach(() => vi.unstubAllEnvs());
  const gone = join(tmpdir(), "minnow-gone", "x");

  async function run(line: string, cwd = process.cwd()) {
    const io = fakeIo({ cwd });
    const code = await main(line.split(" "), io.io);
    return { code, out: io.out(), err: io.err() };
  }

  it("gives a document and 0", async () => {
    const { code, out, err } = await run("doctor --json");
    expect([code, err]).toEqual([0, ""]);
    const { schema, rows, error } = JSON.parse(out);
    expect([schema, error]).toEqual(["minnow.doctor/1", undefined]);
    expect(rows).toContainEqual({ name: "minnow", value: version(), status: "ok" });
  });

  it("shows the table and then the problem, and exits with 5", async () => {
    vi.stubEnv("TMPDIR", gone);
    const { code, out, err } = await run("doctor");
    expect(code).toBe(5);
    expect(out).toMatch(/^temporary files .* problem$/m);
    expect(err).toBe(
      `error: temporary files: ${gone}: cannot be used: there is no such file or folder. Hint: let TMPDIR (on Windows TEMP) name a folder that can be written\n`,
    );
    const quiet = await run("doctor --quiet");
    // not all is well, so the table is shown
    expect([quiet.code, quiet.out !== "", quiet.err]).toEqual([5, true, err]);
  });

  it("tells several problems line by line, and in one document", async () => {
    vi.stubEnv("TMPDIR", gone);
    expect((await run("doctor", gone)).err).toMatch(/^error: disk: .*\nerror: temporary files: .*\n$/);
    const { code, out, err } = await run("doctor --json", gone);
    expect(code).toBe(5);
    expect(err).toMatch(/^error: disk: .*\nerror: temporary files: /);
    const { schema, rows } = JSON.parse(out);
    expect(schema).toBe("minnow.doctor/1");
    expect(rows.filter(({ status }: { status: string }) => status === "problem")).toHaveLength(2);
  });
});
