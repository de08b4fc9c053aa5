// What one run takes from its memory and gives to it: the results of its steps, and what its models answered.

import { type Change, hash, must } from "../base/index.ts";
import type { Bundle } from "../families/index.ts";
import type { Dataset } from "../tasks/index.ts";
import type { Checkpoints } from "../train/index.ts";
import { answersKey, type Given, type Memory, type Result, stepKey } from "./memory.ts";
import type { Plan, PlannedStep } from "./plan.ts";

type Make = () => Promise<Float32Array>;
type Answers = (make: Make) => Promise<Float32Array>;

/** A model's answers to a data set in batches of so many rows, remembered or made. */
export type AnswersTo = (
  set: Dataset,
  rows: number,
  make: () => Promise<Float32Array>,
) => Promise<Float32Array>;

/** Memory of one stage. */
export interface StageRecall {
  /** The step's result, remembered or made; where results are kept, training is too. */
  result(
    base: Bundle,
    make: (checkpoints: Checkpoints | undefined) => Promise<Result>,
  ): Promise<Result & { readonly cached: boolean }>;
  /** The stage's answers. */
  readonly answers: AnswersTo;
  /** Answers in batches of `rows` of the step's input, then of that after each list of changes alone, one after the other. */
  parts(set: Dataset, rows: number, parts: readonly (readonly Change[])[], make: Make): Promise<Float32Array>;
}

/** Memory of a run. */
export interface Recall {
  /** The next stage; the first is the model that the steps begin with, and has no step. */
  next(id: string, step?: PlannedStep): StageRecall;
  /** The teacher's answers to the training set. */
  readonly teacherAnswers: Answers;
}

/** Remembers nothing. */
export const forgetful: Recall = {
  next: () => ({
    result: async (_base, make) => ({ ...(await make(undefined)), cached: false }),
    answers: (_set, _rows, make) => make(),
    parts: (_set, _rows, _parts, make) => make(),
  }),
  teacherAnswers: (make) => make(),
};

/** Seconds of training that an end at any moment can cost. */
const CHECKPOINT_SECONDS = 20;

/** Rows of a batch in which the teacher answers the training set; another number rounds otherwise. */
export const TEACHER_ROWS = 32;

/** Remembers under keys that chain from step to step. */
export function keeping(memory: Memory, plan: Plan, given: Given): Recall {
  let key = given.model;
  return {
    next(id, step) {
      if (step) key = stepKey(key, id, step, plan, given);
      const [own, of] = [key, `${id} of ${plan.name}`];
      return {
        result: (base, make) =>
          memory.result(own, of, base, () =>
            make(memory.checkpoints(own, `training of ${of}`, CHECKPOINT_SECONDS)),
          ),
        answers: (set, rows, make) =>
          memory.floats(answersKey(own, set, rows, given), `answers of ${of} to ${set.path}`, make),
        parts: (set, rows, parts, make) => {
          const model = hash({
            step: own,
            parts: parts.map((changes) => changes.map(({ target }) => target)),
          });
          return memory.floats(answersKey(model, set, rows, given), `answers of parts of ${of}`, make);
        },
      };
    },
    teacherAnswers: (make) => {
      const train = must(given.train, "training data");
      const answers = answersKey(given.teacher, train, TEACHER_ROWS, given);
      return memory.floats(answers, `teacher's answers to ${train.path}`, make);
    },
  };
}
