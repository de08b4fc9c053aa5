// What npm pack takes along, and what an installation of the checkout does not run.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./documents.ts";

const read = (path: string): Record<string, Record<string, unknown>> =>
  JSON.parse(readFileSync(join(root, path), "utf8"));

/** Paths in the package, but for dist and engine, which are made. */
function packed(): readonly string[] {
  const { stdout } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: readonly { path: string }[] }];
  return files.map(({ path }) => path).filter((path) => !/^(dist|engine)\//.test(path));
}

test("the package has its documents, and every recipe has its data", () => {
  const files = packed();
  expect(files).toEqual(
    expect.arrayContaining(["README.md", "docs/README.md", "docs/recipes.md", "bin/minnow.js"]),
  );
  const recipes = files.filter((path) => path.startsWith("recipes/"));
  expect(recipes).toContain("recipes/quickstart.yaml");
  for (const path of recipes) {
    const text = readFileSync(join(root, path), "utf8");
    const named = [...text.matchAll(/^(?:teacher| {2}(?:train|test)): (\S+)/gm)].map(
      (found) => found[1] ?? "",
    );
    expect(named.length, path).toBeGreaterThan(2);
    for (const place of named) {
      const file = join("recipes", place);
      expect(
        files.some((one) => one === file || one.startsWith(`${file}/`)),
        `${path}: ${place}`,
      ).toBe(true);
    }
  }
});

test("what minnow installs has no install script, and the checkout's npm ci runs none of onnxruntime-node's", () => {
  const { dependencies = {}, allowScripts } = read("package.json");
  expect(Object.keys(dependencies)).toEqual(["zod"]);
  expect(allowScripts).toMatchObject({ "onnxruntime-node": false });
  const scripted = Object.entries(read("package-lock.json").packages ?? {})
    .filter(([, one]) => Object(one).hasInstallScript === true)
    .map(([path]) => path);
  expect(scripted, "remove hasInstallScript: docs/decisions/018-install.md").toEqual([]);
});

test("npx in the checkout says nothing of its own", () => {
  const { status, stderr } = spawnSync("npx", ["minnow", "--version"], { cwd: root, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
