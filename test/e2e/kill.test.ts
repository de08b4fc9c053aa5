// kill -9 at moments spread over a run: nothing in the output folder is ever torn, and the next run ends well.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../docs/documents.ts";
import { type Installed, installed, teacher } from "./installed.ts";

let world: Installed;
beforeAll(() => {
  world = installed({ trainStep: 30, testStep: 15 });
}, 60_000);
afterAll(() => rmSync(world.folder, { recursive: true }));

test("three kills of minnow quantize leave whole files or none", () => {
  const script = join(root, "bench/kill.js");
  const minnow = join(world.folder, "node_modules/minnow/bin/minnow.js");
  const words = ["--times", "3", "--json", "--minnow", minnow, "--", "quantize", join(world.folder, teacher)];
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], { encoding: "utf8" });
  expect(stderr).toBe("");
  const result: unknown = JSON.parse(stdout);
  expect(result).toMatchObject({ times: 3, torn: 0, left: [], missing: [] });
  expect(status).toBe(0);
}, 60_000);
