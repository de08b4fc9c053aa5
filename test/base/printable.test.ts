// Text from elsewhere is one line that steers nothing, in errors, on the terminal and in JSON.
import fc from "fast-check";
import { expect, test } from "vitest";
import { AppError, printable, printJson } from "../../src/base/index.ts";

test.each([
  ["", ""],
  ["cosine 0,97 – naïve 日本語 😀", "cosine 0,97 – naïve 日本語 😀"],
  ["a\nb\r\tc", "a\\nb\\r\\tc"],
  ["\u001b[2J\u0000\u007f", "\\x1b[2J\\x00\\x7f"],
  ["\u009b31m", "\\x9b31m"],
  ["\u202egnp.exe\u2066\u200b\ufeff", "\\u202egnp.exe\\u2066\\u200b\\ufeff"],
  ["\u2028\u2029\u00ad", "\\u2028\\u2029\\xad"],
  ["\u{e0041}", "\\u{e0041}"],
  ["\ud800x\udc00", "\\ud800x\\udc00"],
  ["::error::owned", "\\x3a:error::owned"],
  ["  ::set-output name=a::b", "  \\x3a:set-output name=a::b"],
  ["a\n::error::owned", "a\\n::error::owned"],
  ["std::error::Error", "std::error::Error"],
  [
    "x ##[command]y ##vso[task.setvariable]z ## [a]",
    "x \\x23#[command]y \\x23#vso[task.setvariable]z ## [a]",
  ],
])("%j is printed as %s", (text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(printable(shown)).toBe(shown);
});

test("a long text is cut, by characters and not by halves of them", () => {
  expect(printable("abcdef", { limit: 4 })).toBe("abc…");
  expect(printable("abcd", { limit: 4 })).toBe("abcd");
  expect(printable("😀😀😀😀", { limit: 4 })).toBe("😀😀😀😀");
  expect(printable("😀😀😀😀😀", { limit: 4 })).toBe("😀😀😀…");
  expect([...printable("x".repeat(1e7))].length).toBe(2000);
});

test("whatever the text, one line without hidden characters", () => {
  const units = fc.string({ unit: "binary", maxLength: 200 });
  fc.assert(
    fc.property(units, (text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|^\s*::|##\w*\[/u.test(printable(text))),
  );
});

test("an error quotes what it likes", () => {
  const error = new AppError("input", "the op \u001b[2J\n::error::owned is unknown", {
    path: "a\n::error::b",
    hint: "::warning::x",
  });
  expect(error.describe()).toBe(
    "a\\n::error::b: the op \\x1b[2J\\n::error::owned is unknown. Hint: \\x3a:warning::x",
  );
  expect(error.path).toBe("a\n::error::b");
});

test("JSON holds the same data, with nothing that shows as something else", () => {
  const value = { "k\u009b": ["\u202e", "\u{e0041}\n", 1, "日本 😀"] };
  const text = printJson(value, 2);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toContain('"\\u202e"');
  expect(text).toContain("日本 😀");
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
