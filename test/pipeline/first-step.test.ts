// What is refused before the first step: what it cannot do itself, and later steps that begin with the teacher.
import { expect, test } from "vitest";
import { methodNamed } from "../../src/methods/index.ts";
import type { PlannedStep } from "../../src/pipeline/plan.ts";
import { checkFirstStep } from "../../src/pipeline/run.ts";
import { tinyModel } from "../methods/world.ts";

function step(name: string, raw: object, path: string): PlannedStep {
  const method = methodNamed(name);
  return { method, bound: method.bind(raw), path };
}

const model = tinyModel();
const check = (...steps: readonly PlannedStep[]) => checkFirstStep({ steps }, { model, teacher: model });
const prune = step("prune.magnitude", { sparsity: 0.5 }, "steps[0].prune");

test("a student that is larger than its teacher, wherever its step stands", () => {
  const large = step("distill", { student: { layers: 40 }, start: "random" }, "steps[1].distill");
  expect(() => check(prune, large)).toThrow(
    expect.objectContaining({
      kind: "usage",
      path: "steps[1].distill",
      message: expect.stringMatching(/^student: it would have [\d,]+ parameters, more than its teacher's/),
    }),
  );
});

test("of other steps only the first is judged: the next ones' input is not there yet", () => {
  const impossible = step("prune.magnitude", { sparsity: 0.5, schedule: "cubic" }, "steps[1].prune");
  expect(() => check(impossible)).toThrow(/cubic needs finetune/);
  expect(() => check(prune, impossible)).not.toThrow();
});
