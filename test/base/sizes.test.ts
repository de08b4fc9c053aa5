// Sizes as people write them.
import { expect, it } from "vitest";
import { readSize } from "../../src/base/index.ts";

it.each([
  ["1GB", 1e9],
  ["1 gb", 1e9],
  ["250KB", 250_000],
  ["250 kB", 250_000],
  ["1.5MB", 1_500_000],
  [".5 MiB", 524_288],
  ["2kib", 2048],
  ["1000000000", 1e9],
  ["0", 0],
  ["7 B", 7],
])("%s is %d bytes", (text, bytes) => {
  expect(readSize(text)).toBe(bytes);
});

it.each(["", "MB", "1 M", "-1", "1e9", "1 MB 2", "1,5 MB", "9999999999 GB", "one"])("%j is none", (text) => {
  expect(readSize(text)).toBeUndefined();
});
