// The small set of what `npm run evidence` tries: kills and failing file-system calls lose nothing and change no bit, and every key is in the hashes.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../docs/documents.ts";
import { type Installed, installed } from "./installed.ts";

let world: Installed;
beforeAll(() => {
  world = installed({ trainStep: 30, testStep: 15 });
}, 60_000);
afterAll(() => rmSync(world.folder, { recursive: true }));

test("three kills and three faults: the run goes on and ends with the bits of one that nothing disturbed", () => {
  const minnow = join(world.folder, "node_modules/minnow/bin/minnow.js");
  const words = ["--times", "3", "--seed", "5", "--json", "--minnow", minnow];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "bench/evidence.js"), ...words],
    {
      encoding: "utf8",
    },
  );
  expect(stderr).toBe("");
  const { keys, ...found } = JSON.parse(stdout);
  expect(found).toMatchObject({ times: 3, wrong: [] });
  expect(keys).toContainEqual({
    name: "recipe output",
    changes: "nothing",
    listed: expect.any(String),
  });
  expect(status).toBe(0);
}, 180_000);
