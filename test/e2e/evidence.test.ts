// The small set of what `npm run evidence` tries: kills and failing file-system calls lose nothing and change no bit. Its other parts run
// files of this suite, which are tried here as they are.
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
  const words = ["--only", "kills", "--times", "3", "--seed", "5", "--json", "--minnow", minnow];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "bench/evidence.js"), ...words],
    {
      encoding: "utf8",
    },
  );
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({ kills: { times: 3, wrong: [] } });
  expect(status).toBe(0);
}, 180_000);

test("what a file of this suite tells of itself is read; a part that is not there is refused", () => {
  const run = (part: string) =>
    spawnSync(process.execPath, [join(root, "bench/evidence.js"), "--only", part, "--json"], {
      encoding: "utf8",
    });
  const { status, stdout } = run("gate");
  const itself = { comparisons: 200, limit: ["at most", 2] };
  expect(JSON.parse(stdout)).toMatchObject({
    gate: { comparisons: [itself, itself, { comparisons: 200, limit: ["more than", 190] }], wrong: [] },
  });
  expect(status).toBe(0);
  const stranger = run("promises");
  expect([stranger.status, stranger.stderr]).toEqual([2, expect.stringContaining("there are kills, ")]);
});
