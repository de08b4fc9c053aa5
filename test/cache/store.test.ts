// The store: entries are whole or not there, checked when read, and the oldest go when it is full.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { Store } from "../../src/cache/index.ts";

function newStore(limit = 1e6): Store {
  const folder = mkdtempSync(join(tmpdir(), "minnow-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return new Store(folder, limit);
}

const put = (store: Store, key: string, size = 100): Promise<void> =>
  store.put(key, `entry ${key}`, async (folder) =>
    writeFileSync(join(folder, "data"), Buffer.alloc(size, key)),
  );

test("gives back what was put", async () => {
  const store = newStore();
  expect(store.get("a")).toEqual({ state: "missing" });
  await put(store, "a");
  const found = store.get("a");
  expect(found.state).toBe("there");
  if (found.state === "there") expect(readFileSync(join(found.folder, "data"), "utf8")).toBe("a".repeat(100));
  expect(store.list()).toMatchObject([{ key: "a", what: "entry a", bytes: 100 }]);
});

describe("a claim", () => {
  const place = (store: Store): string => join(store.folder, "claims", "a");
  const nobody = (): never => {
    throw new Error("nobody is waited for");
  };
  const claimOf = (store: Store, holder: object | string): void => {
    mkdirSync(join(store.folder, "claims"), { recursive: true });
    writeFileSync(place(store), typeof holder === "string" ? holder : JSON.stringify(holder));
  };

  test("is one's until it is given up, and no entry of its own", async () => {
    const store = newStore();
    const release = await store.claim("a", nobody);
    const waited: number[] = [];
    const second = store.claim("a", ({ pid }) => waited.push(pid));
    await setTimeout(250);
    expect([existsSync(place(store)), waited, store.list()]).toEqual([true, [process.pid], []]);
    release();
    (await second)();
    expect(existsSync(place(store))).toBe(false);
  });

  test("of a dead process, or of an earlier one of the same number, is taken over", async () => {
    const store = newStore();
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    for (const holder of [{ pid }, { pid: process.pid, started: "1" }]) {
      claimOf(store, holder);
      (await store.claim("a", nobody))();
    }
  });

  test("that was cut short is taken over once it is old", async () => {
    const store = newStore();
    claimOf(store, '{"pid"');
    const before = new Date(Date.now() - 60_000);
    utimesSync(place(store), before, before);
    (await store.claim("a", nobody))();
  });

  test("is not waited for when the run is to end", async () => {
    const store = newStore();
    const controller = new AbortController();
    const release = await store.claim("a", nobody);
    const waiting = store.claim("a", () => controller.abort(new Error("ended")), controller.signal);
    await expect(waiting).rejects.toThrow("ended");
    release();
  });
});

test("an entry is put in the place of another", async () => {
  const store = newStore();
  await put(store, "a", 10);
  await put(store, "a", 20);
  expect(store.list()).toMatchObject([{ key: "a", bytes: 20 }]);
});

test.each([
  ["changed", (path: string) => writeFileSync(path, Buffer.alloc(100, "b"))],
  ["longer", (path: string) => appendFileSync(path, "x")],
  ["cut", (path: string) => truncateSync(path, 50)],
  ["missing", (path: string) => unlinkSync(path)],
])("a file that is %s makes the entry broken; then it is gone", async (_what, damage) => {
  const store = newStore();
  await put(store, "a");
  damage(join(store.folder, "a", "data"));
  expect(await store.verify()).toHaveLength(1);
  await put(store, "a");
  damage(join(store.folder, "a", "data"));
  expect(store.get("a")).toMatchObject({ state: "broken" });
  expect(store.get("a")).toEqual({ state: "missing" });
});

test("a signal ends the checking between two entries", async () => {
  const store = newStore();
  await put(store, "a");
  await put(store, "b");
  for (const key of ["a", "b"]) unlinkSync(join(store.folder, key, "data"));
  const controller = new AbortController();
  // after the first entry was read, before the second one is
  setImmediate(() => setImmediate(() => controller.abort(new Error("enough"))));
  const checking = store.verify(controller.signal);
  await expect(checking).rejects.toThrow("enough");
  expect(store.list()).toHaveLength(1);
});

test("what fails while it is made leaves nothing", async () => {
  const store = newStore();
  const failing = store.put("a", "a", async (folder) => {
    writeFileSync(join(folder, "data"), "half");
    throw new Error("no space");
  });
  await expect(failing).rejects.toThrow("no space");
  expect(store.get("a")).toEqual({ state: "missing" });
  expect(store.list()).toEqual([]);
});

test("the entries that were not used for longest go when it is full", async () => {
  const store = newStore(250);
  const age = (key: string, seconds: number): void => {
    const then = new Date(Date.now() - 1000 * seconds);
    utimesSync(join(store.folder, key, "entry.json"), then, then);
  };
  await put(store, "old");
  age("old", 50);
  await put(store, "used");
  age("used", 100);
  expect(store.get("used").state).toBe("there");
  await put(store, "new");
  expect(
    store
      .list()
      .map(({ key }) => key)
      .sort(),
  ).toEqual(["new", "used"]);
  expect(
    store
      .prune({ limitBytes: 0 })
      .map(({ key }) => key)
      .sort(),
  ).toEqual(["new", "used"]);
});

test("folders that a killed process left aside are swept away; those of the living stay", () => {
  const store = newStore();
  const aside = (pid: number): string => join(store.folder, "aside", `${pid}-key-x`);
  for (const pid of [process.pid, 2 ** 22 + 9]) mkdirSync(aside(pid), { recursive: true });
  store.prune({ limitBytes: 1e6 });
  expect([existsSync(aside(process.pid)), existsSync(aside(2 ** 22 + 9))]).toEqual([true, false]);
});

test("what was not used since a moment goes, and what was stays", async () => {
  const store = newStore();
  for (const [key, days] of [
    ["a", 40],
    ["b", 20],
  ] as const) {
    await put(store, key);
    const then = new Date(Date.now() - days * 24 * 3600 * 1000);
    utimesSync(join(store.folder, key, "entry.json"), then, then);
  }
  const usedSince = new Date(Date.now() - 30 * 24 * 3600 * 1000);
  expect(store.prune({ limitBytes: 1e6, usedSince }).map(({ key }) => key)).toEqual(["a"]);
  expect(store.list().map(({ key }) => key)).toEqual(["b"]);
});
