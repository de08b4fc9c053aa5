// Structured pruning: whole heads or neurons leave, and the graph gets physically smaller.
import { z } from "zod";
import { type Change, must } from "../../base/index.ts";
import type { Bundle } from "../../families/index.ts";
import { type AxisGroup, cutUnits } from "../../passes/index.ts";
import {
  type Applied,
  defineMethod,
  type Method,
  type MethodContext,
  type Outline,
  type Pass,
} from "../define.ts";
import { maskingRefusals } from "../masking.ts";
import { batchRefusals, train, trainingParams, trainingPasses } from "../training.ts";
import { normImportance, taylorImportance } from "./importance.ts";
import { masked } from "./masked.ts";
import { headKind, type Kind, neuronKind, unitRefusals, unitsOf } from "./units.ts";

const params = z.strictObject({
  ratio: z.number().min(0).lt(1).describe("share of the units that leave"),
  scope: z
    .enum(["global", "layer"])
    .default("global")
    .describe("the least important of all layers, or the same share of each"),
  importance: z
    .enum(["taylor", "norm"])
    .default("taylor")
    .describe("first-order Taylor on calibration batches, or the weights' norm"),
  calibration: z.number().int().min(1).max(10000).default(32).describe("batches for the importance"),
  finetune: trainingParams({ epochs: 1, learningRate: 3e-4 })
    .optional()
    .describe("distillation from the teacher after pruning"),
});
type Params = z.infer<typeof params>;

/** Batches and loss of the calibration where no training follows. */
const calibrating = trainingParams({ epochs: 0, learningRate: 1 }).parse({});

function structured(kind: Kind): Method {
  return defineMethod({
    verb: "prune",
    kind: kind.kind,
    describe: kind.describe,
    params,
    learns: ({ importance, finetune }) => importance === "taylor" || finetune !== undefined,
    writes: "onnx/model.onnx",
    requires: (model, { importance, finetune }) => [
      ...maskingRefusals(model, finetune?.tokenMasking),
      ...batchRefusals(model, finetune),
      ...unitRefusals(model, kind, importance),
    ],
    apply: (model, given, context) => prune(model, given, context, kind),
    only: (model, changes) => cutUnits(model.model.graph, ...chosen(model, kind, changes)),
    rewrite(model, { model: result, changes }, { finetune }) {
      const [groups, keep] = chosen(model, kind, changes);
      const { graph } = model.model;
      return {
        made: finetune ? cutUnits(graph, groups, keep) : result.model.graph,
        expected: masked(graph, groups, keep),
        against: `the model before it with zeros for the ${kind.unit}s that were cut`,
        alike: "float",
      };
    },
    outline: (model, given) => outline(model, given, kind),
    passes: ({ importance, calibration, finetune }, items) => [
      ...(importance === "taylor" ? [calibrationPass(calibration, finetune, items)] : []),
      ...trainingPasses(finetune, items),
    ],
  });
}

export const heads = structured(headKind);
export const neurons = structured(neuronKind);

/** The groups of these changes, and what stays of each. */
function chosen(
  model: Bundle,
  kind: Kind,
  changes: readonly Change[],
): readonly [readonly AxisGroup[], readonly (readonly number[])[]] {
  const kept = new Map(changes.map((change) => [change.target, change.kept]));
  const groups = unitsOf(model, kind).groups.filter(({ layer }) => kept.has(layer));
  return [groups, groups.map(({ layer }) => must(kept.get(layer), "kept"))];
}

async function prune(model: Bundle, given: Params, context: MethodContext, kind: Kind): Promise<Applied> {
  const { groups, refused } = unitsOf(model, kind);
  const { importance, calibration, finetune: training = calibrating } = given;
  const scores =
    importance === "norm"
      ? normImportance(model, groups)
      : await taylorImportance(model, groups, { calibration, training }, context);
  const keep = choose(groups, scores, given, kind.multiple);
  const smaller = smallerModel(model, groups, keep);
  const trained = given.finetune ? await train(smaller, given.finetune, context) : smaller;
  const changes = groups.map(({ layer, units }, i): Change => {
    const kept = must(keep[i], "kept");
    return { target: layer, what: `${units} -> ${kept.length} ${kind.unit}s`, kept };
  });
  const whole = groups.filter(({ units }, i) => must(keep[i], "kept").length === units && given.ratio > 0);
  const why = `all its ${kind.unit}s are more important than those cut elsewhere`;
  return {
    model: trained,
    changes,
    refused: [...refused, ...whole.map(({ layer }) => ({ target: layer, why }))],
  };
}

/** As many units of each group as leave where the scope is the layer; which ones does not matter to the size. */
function outline(model: Bundle, given: Params, kind: Kind): Outline {
  const { groups } = unitsOf(model, kind);
  const scores = groups.map(({ units }) => new Float64Array(units));
  const keep = choose(groups, scores, { ...given, scope: "layer" }, kind.multiple);
  const like = smallerModel(model, groups, keep);
  if (given.scope === "layer") return { model: like };
  return { model: like, open: "scope: global cuts where it costs least, which is seen when it runs" };
}

const calibrationPass = (calibration: number, finetune: Params["finetune"], items: number): Pass => {
  const { batch } = finetune ?? calibrating;
  return { through: "given", batch, batches: Math.min(calibration, Math.ceil(items / batch)) };
};

/** Indices of the units that stay in each group, ascending: at least one multiple stays everywhere. */
function choose(
  groups: readonly AxisGroup[],
  scores: readonly Float64Array[],
  { ratio, scope }: Params,
  multiple: number,
): readonly (readonly number[])[] {
  const ranked = groups.map((_, g) =>
    [...must(scores[g], "scores").keys()].sort(
      (a, b) => (scores[g]?.[b] ?? 0) - (scores[g]?.[a] ?? 0) || a - b,
    ),
  );
  const all = groups
    .flatMap((_, g) => [...must(scores[g], "scores")].map((score) => ({ g, score })))
    .sort((a, b) => b.score - a.score);
  const top = all.slice(0, Math.round(all.length * (1 - ratio)));
  return groups.map((group, g) => {
    const wanted = scope === "layer" ? group.units * (1 - ratio) : top.filter((unit) => unit.g === g).length;
    const count = Math.min(group.units, Math.max(multiple, Math.round(wanted / multiple) * multiple));
    return must(ranked[g], "ranking")
      .slice(0, count)
      .sort((a, b) => a - b);
  });
}

/** The model with only the kept units, and a config that says so. */
function smallerModel(
  model: Bundle,
  groups: readonly AxisGroup[],
  keep: readonly (readonly number[])[],
): Bundle {
  const graph = cutUnits(model.model.graph, groups, keep);
  const config = model.family ? model.family.describe(model.config, graph) : model.config;
  return { ...model, config, model: { ...model.model, graph } };
}
