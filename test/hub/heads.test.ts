// What a config's head answers, and names of classes that contradict each other.
import { describe, expect, test } from "vitest";
import { headWarnings, otherHead, placeholders } from "../../src/hub/index.ts";

const id2label = { 0: "negative", 1: "neutral", 2: "positive" };

test.each([
  [{}, undefined],
  [{ id2label }, undefined],
  [{ problem_type: null, id2label }, undefined],
  [{ problem_type: "single_label_classification", num_labels: 1 }, undefined],
  [{ problem_type: "multi_label_classification", id2label }, /"multi_label_classification", several classes/],
  [{ problem_type: "regression" }, /"regression", a number for each text/],
  [{ problem_type: "ranking" }, /problem_type is "ranking"/],
  [{ problem_type: 5 }, /problem_type is 5/],
  [{ num_labels: 1 }, /one label and no problem_type/],
  [{ architectures: ["BertForSequenceClassification"], id2label }, undefined],
  [{ architectures: ["BertForTokenClassification"], id2label }, /BertForTokenClassification, which answers/],
  [{ architectures: ["BertModel"] }, /architectures is BertModel, which answers with hidden states/],
  [{ id2label: { 0: "LABEL_0" } }, /one label and no problem_type/],
])("the head of %j", (config, words) => {
  const found = otherHead(config);
  if (words === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(words);
  expect(headWarnings(config)).toHaveLength(words === undefined ? 0 : 1);
});

describe("label2id", () => {
  test("that says the same is nothing to say", () => {
    expect(headWarnings({ id2label, label2id: { negative: 0, neutral: 1, positive: 2 } })).toEqual([]);
    expect(headWarnings({ id2label, label2id: { negative: "0" } })).toEqual([]);
    expect(headWarnings({ label2id: { b: 1, a: 0 } })).toEqual([]);
    expect(headWarnings({ id2label, label2id: null })).toEqual([]);
  });

  test("that contradicts id2label is said, and id2label counts", () => {
    expect(headWarnings({ id2label, label2id: { negative: 2, neutral: 1, positive: 0 } })).toEqual([
      'config.json: label2id gives "negative" the index 2, and id2label calls that class "positive"; id2label is used',
    ]);
    expect(headWarnings({ id2label, label2id: { mixed: 3 } })).toEqual([
      'config.json: label2id gives "mixed" the index 3, and id2label has no such class; id2label is used',
    ]);
  });
});

test("a config that only says how many classes there are gets transformers' names for them", () => {
  expect(placeholders({ num_labels: 3 })).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"]);
  for (const count of [undefined, null, 0, -1, 1.5, "3", 1e12])
    expect(placeholders(count === undefined ? {} : { num_labels: count })).toEqual([]);
});
