// What methods mean, on planted truths; and that a method which means something else is caught.
import { describe, expect, test } from "vitest";
import { mutantOf } from "../../mutate.ts";
import { mutants } from "./mutants.ts";
import { oracles } from "./oracles.ts";

const sourceOf = (file: string): string => `../../../src/${file}`;

describe.each(Object.entries(oracles))("%s", (file, checks) => {
  test.each(Object.entries(checks))(
    "%s",
    async (_, check) => {
      await check((await import(/* @vite-ignore */ sourceOf(file))) as never);
    },
    60_000,
  );
});

/** The name of the first oracle that the mutant breaks. */
async function caughtBy(file: string, from: string, to: string): Promise<string | undefined> {
  const mutant = await import(/* @vite-ignore */ mutantOf(sourceOf(file), { from, to }));
  for (const [name, check] of Object.entries(oracles[file] ?? {})) {
    try {
      await check(mutant as never);
    } catch {
      return name;
    }
  }
  return undefined;
}

test("there are mutants of every file", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(30);
  expect(new Set(mutants.map(({ file }) => file))).toEqual(new Set(Object.keys(oracles)));
});

describe("a mutant is caught", () => {
  test.for(mutants)("$file: $what", { timeout: 60_000 }, async ({ file, what, from, to }, { task }) => {
    const caught = await caughtBy(file, from, to);
    Object.assign(task.meta, { mutant: { file, what, caught } });
    expect(caught).toBeDefined();
  });
});
