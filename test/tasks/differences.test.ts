// Differences: the answers in logits, classes that fell, the floor, and the examples.
import { expect, test } from "vitest";
import { type Answer, answersIn, type Dataset, differencesBetween } from "../../src/tasks/index.ts";

const dataOf = (labels: readonly (number | undefined)[], text = (i: number) => `text ${i}`): Dataset => ({
  path: "d",
  items: labels.map((label, i) => ({ inputs: {}, length: 1, label, text: text(i) })),
  labels: ["a", "b", "c"],
  hash: "",
});
const answers = (chosen: readonly number[], sure: readonly number[] = []): readonly Answer[] =>
  chosen.map((one, i) => ({ chosen: one, probability: sure[i] ?? 0.5 }));

test("an answer is the largest logit with its softmax, also of logits that overflow", () => {
  const [first, second] = answersIn(Float32Array.of(0, Math.log(3), 0, 1000, 0, 0), 2);
  expect(first?.chosen).toBe(1);
  expect(first?.probability).toBeCloseTo(3 / 5, 6);
  expect(second).toEqual({ chosen: 0, probability: 1 });
});

test("classes are sorted by the share that they lost, with the class they are taken for", () => {
  //             a           b           c
  const labels = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2];
  const teacher = [0, 0, 0, 0, 1, 1, 1, 0, 2, 0];
  const own = [0, 1, 0, 0, 2, 0, 2, 1, 2, 2];
  const found = differencesBetween(dataOf(labels), answers(teacher), answers(own));
  expect(found?.classes).toEqual([
    { name: "b", items: 4, teacherRight: 3, right: 1, takenFor: { name: "c", items: 2 } },
    { name: "a", items: 4, teacherRight: 4, right: 3, takenFor: { name: "b", items: 1 } },
  ]);
  expect(found?.worstClass).toEqual({ name: "b", items: 4, teacherRight: 3, right: 1 });
});

test("the share counts, not the number; a class that did not fall can be the worst", () => {
  const labels = [0, 0, 0, 0, 0, 0, 1, 1, 2];
  const teacher = [0, 0, 0, 0, 0, 0, 1, 1, 0];
  const own = [0, 0, 0, 0, 1, 1, 1, 0, 0];
  const found = differencesBetween(dataOf(labels), answers(teacher), answers(own));
  expect(found?.classes?.map(({ name }) => name)).toEqual(["b", "a"]);
  expect(found?.worstClass).toEqual({ name: "c", items: 1, teacherRight: 0, right: 0 });
});

test("examples are what only the teacher gets right, the surest mistakes first", () => {
  const found = differencesBetween(
    dataOf([0, 0, 1, 1, 2]),
    answers([0, 0, 1, 0, 2], [0.9, 0.8, 0.7, 0.6, 0.55]),
    answers([1, 2, 0, 2, 2], [0.4, 0.95, 0.6, 0.99, 0.98]),
  );
  expect(found?.examples.map(({ text, result }) => [text, result.answer, result.probability])).toEqual([
    ["text 1", "c", 0.95],
    ["text 2", "a", 0.6],
    ["text 0", "b", 0.4],
  ]);
  expect(found?.examples[0]).toMatchObject({ label: "a", teacher: { answer: "a", probability: 0.8 } });
});

test("at most ten classes and examples, texts of at most 200 characters, none halved", () => {
  const labels = Array.from({ length: 14 }, (_, i) => i);
  const found = differencesBetween(
    dataOf(labels, (i) => "🐟".repeat(200 + i)),
    answers(labels),
    answers(labels.map((label) => label + 1)),
  );
  expect(found?.classes).toHaveLength(10);
  expect(found?.classes?.[3]).toMatchObject({ name: "3", takenFor: { name: "4" } });
  expect(found?.examples.map(({ text }) => [...text].length)).toEqual(Array(10).fill(200));
  expect(found?.examples[0]?.text).toBe("🐟".repeat(200));
  expect(found?.examples[1]?.text).toBe(`${"🐟".repeat(199)}…`);
});

test("there are none where an item has no label", () => {
  expect(differencesBetween(dataOf([0, undefined]), answers([0, 0]), answers([0, 1]))).toBeUndefined();
});
