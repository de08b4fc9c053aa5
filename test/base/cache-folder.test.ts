// The cache folder: which variable wins, and what holds without any.
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder } from "../../src/base/index.ts";

const home = join("home", "ada");

test.each([
  [{}, join(home, ".cache", "minnow")],
  [{ MINNOW_CACHE: "", XDG_CACHE_HOME: "" }, join(home, ".cache", "minnow")],
  [{ XDG_CACHE_HOME: "caches" }, join("caches", "minnow")],
  [{ MINNOW_CACHE: "mine", XDG_CACHE_HOME: "caches" }, "mine"],
])("of %j", (env, folder) => {
  expect(cacheFolder(env, home)).toBe(folder);
});
