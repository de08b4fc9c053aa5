// What the library's calls do with options that are wrong, missing or unknown: an AppError that names them, from every call.
import { expect, test } from "vitest";
import * as minnow from "../../src/index.ts";

type Call = (options: unknown) => unknown;
const call = (name: string): Call => Reflect.get(minnow, name) as Call;

/** Options that fit, by call. */
const fitting: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  compress: { recipePath: "r.yaml" },
  runStep: { model: "m", method: "quantize.dynamic", params: {}, output: "o" },
  exportModel: { folder: "m", output: "o" },
  evaluate: { model: "m", task: "text-classification", data: "d.tsv", params: {} },
  benchModels: { models: ["m"] },
  inspectModel: { model: "m" },
  search: { recipe: {}, runner: () => undefined },
  localRunner: { compress: () => undefined },
};

/** The error of a call, also where it rejects; undefined where it went well. */
async function errorOf(name: string, options: unknown): Promise<unknown> {
  try {
    await call(name)(options);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** "compress.recipePath: it is missing; ...", with its kind. */
async function told(name: string, options: unknown): Promise<string> {
  const error = await errorOf(name, options);
  return error instanceof minnow.AppError ? `${error.kind} ${error.describe()}` : `no AppError: ${error}`;
}

const calls = Object.entries(fitting);

test.each(calls)("%s names what is missing", async (name, options) => {
  for (const key of Object.keys(options)) {
    const rest = Object.fromEntries(Object.entries(options).filter(([one]) => one !== key));
    expect(await told(name, rest)).toMatch(new RegExp(`^usage ${name}\\.${key}: it is missing; expected`));
  }
});

test.each(calls)("%s names what is wrong", async (name, options) => {
  for (const key of Object.keys(options))
    expect(await told(name, { ...options, [key]: 7 })).toMatch(
      new RegExp(`^usage ${name}\\.${key}: expected`),
    );
});

test.each(calls)("%s names what it does not know", async (name, options) => {
  const [first = ""] = Object.keys(options);
  expect(await told(name, { ...options, [`${first}s`]: 1 })).toBe(
    `usage ${name}.${first}s: there is no such option. Hint: did you mean "${first}"?`,
  );
});

test.each(calls)("%s refuses what are no options", async (name) => {
  for (const nothing of [undefined, null, 1, "text", []])
    expect(await told(name, nothing)).toMatch(new RegExp(`^usage ${name}: expected`));
});

test("inner options are named too, and all that is wrong is told", async () => {
  const options = { recipePath: "r.yaml", threads: 0, cache: { folder: 1 } };
  const error = await errorOf("compress", options);
  expect(error).toMatchObject({
    kind: "usage",
    facts: {
      problems: [
        expect.stringContaining("compress.threads"),
        expect.stringContaining("compress.cache.folder"),
      ],
    },
  });
  expect(await told("evaluate", { ...fitting.evaluate, params: { labell: "x" } })).toMatch(
    /^usage evaluate\.params/,
  );
  expect(await told("runStep", { ...fitting.runStep, params: { bits: 3 } })).toMatch(
    /^usage quantize\.dynamic\.bits/,
  );
  expect(await told("runStep", { ...fitting.runStep, method: "quantise" })).toMatch(
    /^usage .*is not a method/,
  );
});

test("paths of files are asked for by name", async () => {
  expect(await told("readModel", undefined)).toMatch(/^usage readModel\.path: expected/);
  const [method] = minnow.methods;
  expect(() => method?.bind({ student: 1 })).toThrow(minnow.AppError);
});
