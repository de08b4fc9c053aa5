// Peak memory: the child's own, not its parent's, and failures that say what happened.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measurePeakRss, ownPeakRss } from "../../src/bench/memory.ts";
import { Tensor } from "../../src/tensor/index.ts";

let folder: string;
const entry = async (name: string, source: string): Promise<string> => {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, source);
  return path;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minnow-memory-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Holds as many bytes as the feeds say, then answers its high-water mark. */
const holder = `
import { readFileSync } from "node:fs";
process.once("message", (task) => {
  const wanted = Number(new BigInt64Array(task.feeds[0].bytes.bytes.slice().buffer)[0]);
  const held = Buffer.alloc(wanted, 1);
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "utf8") : "";
  const kilobytes = /VmHWM:\\s*(\\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  process.send({ peakRssBytes: 1024 * Number(kilobytes) + held.length * 0 }, () => process.disconnect());
});`;

describe("measurePeakRss", () => {
  const megabyte = 2 ** 20;
  const measure = (script: string, bytes: number, timeoutMs?: number): Promise<number> =>
    measurePeakRss({
      model: "m.onnx",
      threads: 1,
      entry: script,
      feeds: [{ bytes: Tensor.ints([bytes]) }],
      ...(timeoutMs && { timeoutMs }),
    });

  test("sees what the child holds, whatever its parent holds", async () => {
    const script = await entry("holder", holder);
    const ballast = Buffer.alloc(300 * megabyte, 1);
    const small = await measure(script, megabyte);
    const large = await measure(script, 200 * megabyte);
    expect(ballast[5]).toBe(1);
    expect(small).toBeLessThan(150 * megabyte);
    expect(large - small).toBeGreaterThan(180 * megabyte);
    expect(await ownPeakRss()).toBeGreaterThan(300 * megabyte);
  });

  test("passes on the child's error", async () => {
    const script = await entry(
      "error",
      `process.once("message", () => process.send({ error: "no such op" }, () => process.disconnect()));`,
    );
    await expect(measure(script, 1)).rejects.toMatchObject({
      kind: "resource",
      path: "m.onnx",
      message: expect.stringContaining("no such op"),
    });
  });

  test("says when the child dies or hangs", async () => {
    await expect(
      measure(await entry("dies", `process.once("message", () => process.exit(3));`), 1),
    ).rejects.toThrow("code 3");
    await expect(measure(await entry("hangs", `process.on("message", () => {});`), 1, 300)).rejects.toThrow(
      "SIGKILL",
    );
  });
});
