// Which stages are compared, and when there is nothing to compare.
import { expect, test } from "vitest";
import { differencesOf } from "../../src/pipeline/measure.ts";
import type { Dataset } from "../../src/tasks/index.ts";

const data: Dataset = {
  path: "d",
  items: [0, 1].map((label) => ({ inputs: {}, length: 1, label, text: `text ${label}` })),
  labels: ["a", "b"],
  hash: "",
};

test("there are none without test data, without answers, or of a single stage", () => {
  const logits = Float32Array.of(1, 0, 0, 1);
  expect(differencesOf([{ logits }], data)).toBeUndefined();
  expect(differencesOf([{ logits }, { logits }], undefined)).toBeUndefined();
  expect(differencesOf([{ logits: undefined }, { logits: undefined }], data)).toBeUndefined();
});

test("the last stage is compared with the first", () => {
  const [right, wrong] = [Float32Array.of(1, 0, 0, 1), Float32Array.of(0, 1, 0, 1)];
  const found = differencesOf([{ logits: right }, { logits: right }, { logits: wrong }], data);
  expect(found?.classes?.map(({ name }) => name)).toEqual(["a"]);
  expect(differencesOf([{ logits: right }, { logits: wrong }, { logits: right }], data)).toEqual({
    classes: [],
    worstClass: { name: "a", items: 1, teacherRight: 1, right: 1 },
    examples: [],
  });
});
