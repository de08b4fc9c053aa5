// JSON from outside: bounded in depth and size, strict about what a key may be, wherever brackets and quotes stand.
import fc from "fast-check";
import { expect, test } from "vitest";
import { AppError, parseJson } from "../../src/base/index.ts";

function refusal(text: string): string {
  try {
    parseJson(text, "a.json");
  } catch (error) {
    if (error instanceof AppError) return error.describe();
    throw error;
  }
  throw new Error("it was read");
}

test("whatever JSON can say is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 20 }), (text) => {
      fc.pre(!text.includes("__proto__"));
      expect(parseJson(text, "a.json")).toEqual(JSON.parse(text));
    }),
  );
});

test("a hundred levels are read, one more is not", () => {
  const nested = (levels: number): string => `{"a":\n${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  expect(parseJson(nested(100), "a.json")).toHaveProperty("a");
  expect(refusal(nested(101))).toBe("a.json:2:100: it is nested more than 100 levels deep");
});

test("brackets within strings are no levels, whatever is escaped there", () => {
  const text = "[".repeat(500);
  for (const value of [text, `"${text}`, `\\${text}`, `\\"${text}`, `${text}\\`])
    expect(parseJson(JSON.stringify([value, value]), "a.json")).toEqual([value, value]);
  // a string that has no end hides nothing
  expect(refusal(`"${text}`)).toContain("it is not JSON");
  expect(refusal(`["\\\\",${text}`)).toContain("nested more than");
});

test.each([1, 2, 4, 8])("%i MB of open brackets, slashes or quotes are refused at once", (megabytes) => {
  const begin = performance.now();
  for (const part of ["[", '{"":', "\\", '"', '\\"', '"\\'])
    expect(refusal(part.repeat((megabytes * 1e6) / part.length))).toMatch(/nested more than|not JSON/);
  expect(performance.now() - begin).toBeLessThan(4000);
});

test.each([
  '{"__proto__":1}',
  '[{"a":{"__proto__":{}}}]',
  '{"\\u005f_proto__":1}',
  '{"__pr\\u006Fto__":1}',
  '{"_\\u005F\\u0070roto__":1}',
])("%s is refused", (text) => {
  expect(refusal(text)).toContain("the key __proto__ is refused");
});

test("a value __proto__ is nothing but text", () => {
  expect(parseJson('["__proto__"]', "a.json")).toEqual(["__proto__"]);
});
