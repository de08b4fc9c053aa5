// Distillation: every start, what it refuses, that it learns, and that a seed decides all.
import { describe, expect, test } from "vitest";
import { namedWeights } from "../../src/ir/index.ts";
import { methodNamed } from "../../src/methods/index.ts";
import { answers, apply, contextFor, dataset, tinyModel } from "./world.ts";

const distill = methodNamed("distill");
const teacher = tinyModel();
const dims = teacher.family?.sizes(teacher.config);
const quick = { epochs: 4, batch: 8, learningRate: 3e-3 };

/** Mean KL(teacher || student) over the items, in nats. */
async function divergence(student: typeof teacher): Promise<number> {
  const { score } = await import("../../src/tasks/index.ts");
  const data = dataset();
  const kl =
    score(
      await answers(student, data),
      data.items.map(({ label }) => label),
      await answers(teacher, data),
    ).kl ?? [];
  return kl.reduce((sum, value) => sum + value, 0) / kl.length;
}

test.each([
  ["teacher-layers", { layers: 1 }],
  ["random", { layers: 1, hidden: 16, heads: 2, intermediate: 32 }],
  ["projected", { layers: 1, hidden: Math.max(8, (dims?.hidden ?? 16) / 2), heads: 2 }],
] as const)("start %s learns from the teacher", async (start, student) => {
  const few = await apply(distill, { student, start, ...quick, epochs: 1, learningRate: 1e-9 }, teacher);
  const many = await apply(distill, { student, start, ...quick, epochs: 20 }, teacher);
  expect(await divergence(many.model)).toBeLessThan(0.8 * (await divergence(few.model)));
});

test("alpha 1 needs no labels, alpha below 1 does", async () => {
  const unlabelled = { ...dataset(), items: dataset().items.map((item) => ({ ...item, label: undefined })) };
  const context = await contextFor(teacher, unlabelled);
  await expect(
    apply(distill, { student: { layers: 1 }, ...quick, alpha: 1 }, teacher, context),
  ).resolves.toBeDefined();
  await expect(
    apply(distill, { student: { layers: 1 }, ...quick, alpha: 0.5 }, teacher, context),
  ).rejects.toThrow(/without a label/);
});

test.each([
  ["more layers", { layers: 40 }, "random"],
  ["wider", { layers: 2, hidden: 64, heads: 2 }, "random"],
  ["a wider feed-forward", { layers: 2, intermediate: 4096 }, "projected"],
])("a student that is larger than its teacher is refused: %s", (_how, student, start) => {
  const [refusal] = distill.bind({ student, start }).requires(teacher);
  expect(refusal).toMatchObject({
    target: "student",
    why: expect.stringMatching(
      /^it would have [\d,]+ parameters, more than its teacher's [\d,]+; ask for fewer layers/,
    ),
  });
});

test("a student of its teacher's size is not", () => {
  const layers = dims?.layers.length ?? 0;
  expect(distill.bind({ student: { layers }, start: "random" }).requires(teacher)).toEqual([]);
});

test("the same seed gives the same bits, another seed others", async () => {
  const weightsOf = async (seed: number) => {
    const context = await contextFor(teacher, dataset(), seed);
    const { model } = await apply(
      distill,
      { student: { layers: 1, hidden: 16, heads: 2 }, start: "random", ...quick },
      teacher,
      context,
    );
    return Buffer.concat([...namedWeights(model.model.graph).values()].map(({ bytes }) => bytes));
  };
  const [a, b, c] = [await weightsOf(7), await weightsOf(7), await weightsOf(8)];
  expect(a.equals(b)).toBe(true);
  expect(a.equals(c)).toBe(false);
});

test("a run that diverges stops in its step, names a tensor and keeps the last good weights", async () => {
  const raw = { student: { layers: 1 }, start: "teacher-layers", ...quick, temperature: 1e-42 };
  const outcome = await apply(distill, raw, teacher).then(
    () => undefined,
    (error) => error,
  );
  expect(outcome).toMatchObject({ kind: "diverged", exitCode: 4 });
  expect(outcome.message).toMatch(/not finite at step 1/);
  expect(outcome.facts.weights.get("classifier.bias").floats.every(Number.isFinite)).toBe(true);
});

describe("refusals", () => {
  test.each([
    [{ student: { layers: 1, hidden: 9, heads: 2 } }, /multiple of its heads/],
    [{ student: { layers: 1, hidden: 4096, heads: 2 }, start: "projected" }, /cannot widen/],
    [{ student: { layers: 1, hidden: 8, heads: 1 }, start: "teacher-layers" }, /keeps the teacher's width/],
    [{ student: { layers: 2 }, start: "teacher-layers", from: [0] }, /from names 1 layers/],
    [{ student: { layers: 1 }, start: "teacher-layers", from: [99] }, /the teacher has layers/],
  ])("%j", (raw, why) => {
    expect(
      distill
        .bind(raw)
        .requires(teacher)
        .map((one) => one.why)
        .join(),
    ).toMatch(why);
  });
});
