// Ports: names, element types and fixed sizes of a model's inputs, and which output scores the classes.
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { classOutput, type Port } from "../../src/engine/index.ts";
import {
  batchesOf,
  feedsFor,
  fixedSizes,
  paddedLengths,
  portWarnings,
  taskNamed,
} from "../../src/tasks/index.ts";
import type { DType } from "../../src/tensor/index.ts";

const task = taskNamed("text-classification");
const port = (
  name: string,
  shape: readonly (number | string)[] = ["batch", "sequence"],
  dtype: DType = "i64",
): Port => ({
  name,
  dtype,
  shape,
});
const item = (...ids: number[]) => ({
  inputs: { input_ids: ids, token_type_ids: ids.map(() => 1) },
  pad: { input_ids: 9 },
  length: ids.length,
  label: 0,
  text: "",
});
const feeds = (inputs: readonly Port[], rows = 2, length = 3, items = [item(5, 6, 7), item(8)]) =>
  Object.fromEntries(
    Object.entries(feedsFor(task, items, { rows, length }, inputs)).map(([name, tensor]) => [
      name,
      [tensor.dtype, tensor.shape, tensor.numbers()],
    ]),
  );
const said = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof AppError ? error.describe() : `not an AppError: ${error}`;
  }
  return "no error";
};

describe("feeds", () => {
  test.each<[string, string, string]>([
    ["input_word_ids", "input_mask", "segment_ids"],
    ["serving_default_input_ids:0", "attention_mask:0", "input_type_ids"],
    ["inputIds", "AttentionMask", "token-type-ids"],
  ])("take the names %s, %s, %s", (ids, mask, types) => {
    expect(feeds([port(mask), port(types), port(ids)])).toEqual({
      [mask]: ["i64", [2, 3], [1, 1, 1, 1, 0, 0]],
      [types]: ["i64", [2, 3], [1, 1, 1, 1, 0, 0]],
      [ids]: ["i64", [2, 3], [5, 6, 7, 8, 9, 9]],
    });
  });

  test.each<DType>(["i32", "f32", "f16", "f64", "bool", "u8"])(
    "are of the type %s where the model says so",
    (dtype) => {
      const given = feeds([port("input_ids"), port("attention_mask", undefined, dtype)]);
      expect(given.attention_mask).toEqual([dtype, [2, 3], [1, 1, 1, 1, 0, 0]]);
      expect(given.input_ids?.[0]).toBe("i64");
    },
  );

  test("have the sizes that the model fixes", () => {
    const inputs = [port("input_ids", [4, 5]), port("attention_mask", [4, "sequence"])];
    expect(fixedSizes(task, inputs)).toEqual({ rows: 4, length: 5 });
    expect(feeds(inputs).attention_mask).toEqual([
      "i64",
      [4, 5],
      [1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0],
    ]);
    expect(paddedLengths(task, inputs)(3)).toBe(5);
    expect(paddedLengths(task, [port("input_ids")])(17)).toBe(18);
  });

  test("are refused where they do not fit", () => {
    const ids = port("input_ids", [1, 3]);
    expect(said(() => feeds([ids]))).toBe("its inputs take 1 items at a time, not 2");
    expect(said(() => feeds([ids], 1, 4, [item(1, 2, 3, 4)]))).toBe(
      "its inputs take 3 tokens, an item has 4",
    );
    expect(said(() => feeds([ids, port("attention_mask", [2, 3])]))).toContain("different fixed sizes");
    for (const other of [
      port("pixel_values", [1, 3, 8, 8], "f32"),
      port("input_ids", [7]),
      port("input.1"),
    ]) {
      expect(said(() => feeds([port("attention_mask"), other]))).toContain(
        `does not fit ${other.name} of its inputs`,
      );
    }
    expect(said(() => feeds([port("segment_ids"), port("token_type_ids")]))).toContain(
      "does not fit token_type_ids",
    );
  });

  test("what is not as usual is told", () => {
    const usual = [port("input_ids"), port("attention_mask")];
    expect(portWarnings(task, usual)).toEqual([]);
    expect(portWarnings(task, [port("pixel_values", [1, 3, 8, 8])])).toEqual([]);
    expect(portWarnings(task, [port("input_word_ids", [1, 12])])).toMatchInlineSnapshot(`
      [
        "its inputs have other names: input_word_ids is fed as input_ids",
        "its inputs are fixed to 1 item of 12 tokens: shorter texts are padded, longer ones cut",
        "its inputs are fixed in length and it takes no mask: it reads padding as text",
      ]
    `);
  });
});

test("without a mask only items of one length go together", () => {
  const items = [3, 5, 3, 3, 4, 5].map((length) => ({ ...item(), length }));
  const lengths = batchesOf({ items }, 2, { alike: true }).map(({ indices, length }) => [length, ...indices]);
  expect(lengths).toEqual([
    [3, 0, 2],
    [3, 3],
    [4, 4],
    [5, 1, 5],
  ]);
});

describe("the output that scores classes", () => {
  const out = (name: string, ...shape: (number | string)[]): Port => port(name, shape, "f32");
  const hidden = out("last_hidden_state", "batch", "sequence", 32);
  test.each<[string, readonly Port[], number | undefined]>([
    ["logits", [hidden, out("pooled", "batch", 3), out("logits", "batch", 3)], undefined],
    ["output_0", [out("output_0", "batch", 3)], undefined],
    ["b", [hidden, out("b", "batch", 3)], 3],
    ["b", [out("a", "batch", 32), out("b", "batch", 3)], 3],
  ])("is %s", (name, outputs, classes) => {
    expect(classOutput(outputs, classes)).toBe(name);
  });
  test.each<[string, readonly Port[]]>([
    ["two that could be", [out("a", "batch", 3), out("b", "batch", 3)]],
    ["one row for each token", [out("logits", "batch", "sequence", 9)]],
    ["none but states", [hidden]],
  ])("is refused: %s", (_, outputs) => {
    expect(said(() => classOutput(outputs, 3))).toContain(
      `none of its outputs is one row of class scores for each item: ${outputs[0]?.name} f32[batch, `,
    );
  });
});
