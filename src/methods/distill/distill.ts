// distill: a smaller student learns the teacher's soft targets (Hinton, Vinyals & Dean 2015).
import { z } from "zod";
import { AppError, grouped } from "../../base/index.ts";
import type { Sizes, StudentShape } from "../../families/index.ts";
import { defineMethod } from "../define.ts";
import { maskingRefusals } from "../masking.ts";
import { train, trainingParams, trainingPasses } from "../training.ts";
import { freshStudent, makeStudent, parametersOf, spreadLayers } from "./student.ts";

const params = trainingParams({ epochs: 10, learningRate: 1e-3 }).extend({
  student: z
    .strictObject({
      layers: z.number().int().min(1).max(200).describe("encoder layers"),
      hidden: z.number().int().min(8).max(16384).optional().describe("width; default: the teacher's"),
      heads: z
        .number()
        .int()
        .min(1)
        .max(512)
        .optional()
        .describe("attention heads; default: heads as wide as the teacher's"),
      intermediate: z
        .number()
        .int()
        .min(8)
        .max(65536)
        .optional()
        .describe("feed-forward width; default: 4 x hidden"),
    })
    .describe("the student's size"),
  start: z
    .enum(["teacher-layers", "projected", "random"])
    .default("projected")
    .describe(
      "first weights: the teacher's layers (same width), its embeddings projected to the smaller width, or random",
    ),
  from: z
    .array(z.number().int().min(0))
    .optional()
    .describe(
      "teacher layers for start: teacher-layers; default: spread from the first to the last, 0, 2, 5 of six",
    ),
});

export const distill = defineMethod({
  verb: "distill",
  describe: "train a smaller student on the teacher's answers",
  params,
  learns: () => true,
  writes: "onnx/model.onnx",
  startsFrom: "teacher",
  requires(model, { student, start, from, tokenMasking }) {
    const { family, config } = model;
    if (!family)
      return [
        {
          target: "model",
          why: "its family is not known, so no student can be built; give a folder with config.json",
        },
      ];
    const dims = family.sizes(config);
    const hidden = student.hidden ?? dims.hidden;
    const refused = [...maskingRefusals(model, tokenMasking)];
    const refuse = (why: string): void => void refused.push({ target: "student", why });
    if (hidden % (student.heads ?? defaultHeads(hidden, dims.headSize)) !== 0)
      refuse(`hidden ${hidden} is not a multiple of its heads`);
    if (start === "projected" && hidden > dims.hidden)
      refuse(`start: projected cannot widen ${dims.hidden} to ${hidden}`);
    if (start === "teacher-layers" && hidden !== dims.hidden)
      refuse(`start: teacher-layers keeps the teacher's width ${dims.hidden}, not ${hidden}`);
    if (from && from.length !== student.layers)
      refuse(`from names ${from.length} layers, the student has ${student.layers}`);
    if (from?.some((layer) => layer >= dims.layers.length))
      refuse(`the teacher has layers 0 to ${dims.layers.length - 1}`);
    if (start === "teacher-layers" && !from && student.layers > dims.layers.length)
      refuse(`the teacher has only ${dims.layers.length} layers`);
    if (refused.length > 0) return refused;
    const own = parametersOf(family, family.shrink(config, shapeOf(student, dims)), model.assets);
    const largest = parametersOf(family, config, model.assets);
    if (own > largest)
      refuse(
        `it would have ${grouped(own)} parameters, more than its teacher's ${grouped(largest)}; ask for fewer layers, or a smaller hidden or intermediate`,
      );
    return refused;
  },
  async apply(model, { student, start, from, ...training }, context) {
    const teacher = context.teacher ?? model;
    if (!teacher.family) {
      throw new AppError("usage", "its family is not known, so no student can be built", {
        path: teacher.path,
        hint: "give a folder with config.json",
      });
    }
    const { family } = teacher;
    const dims = family.sizes(teacher.config);
    const shape = shapeOf(student, dims);
    const layers = from ?? spreadLayers(student.layers, dims.layers.length);
    if (training.epochs === 0 && start === "random")
      throw new AppError("usage", "a random student that is not trained is of no use", { path: context.id });
    const untrained = await makeStudent(teacher, shape, start, layers, context);
    const trained = await train(untrained, training, context);
    const what = `${shape.layers} layers x ${shape.hidden}, ${shape.heads} heads, feed-forward ${shape.intermediate}, start ${start}`;
    return {
      model: trained,
      changes: [
        {
          target: "model",
          what: `distilled to ${what}; ${training.epochs} epochs, T ${training.temperature}, alpha ${training.alpha}`,
        },
      ],
      refused: [],
    };
  },
  outline: (model, { student }, teacher) =>
    teacher.family
      ? {
          model: freshStudent(
            teacher,
            teacher.family,
            shapeOf(student, teacher.family.sizes(teacher.config)),
          ),
        }
      : { model, open: "the teacher's family is not known" },
  passes: (params, items) => trainingPasses(params, items),
});

/** The student's sizes, those that are left out after the teacher's. */
function shapeOf(student: z.infer<typeof params>["student"], dims: Sizes): StudentShape {
  const hidden = student.hidden ?? dims.hidden;
  const own = hidden === dims.hidden ? dims.layers[0] : undefined;
  return {
    layers: student.layers,
    hidden,
    heads: student.heads ?? own?.heads ?? defaultHeads(hidden, dims.headSize),
    intermediate: student.intermediate ?? own?.intermediate ?? 4 * hidden,
  };
}

const defaultHeads = (hidden: number, headSize: number): number => Math.max(1, Math.round(hidden / headSize));
