// Structured pruning: whole heads or neurons leave, and the graph gets physically smaller.
import { z } from "zod";
import { type Change, must, type Refusal, rng } from "../../base/index.ts";
import { portsOf } from "../../engine/index.ts";
import type { Bundle } from "../../families/index.ts";
import { type Graph, namedWeights, rebuild } from "../../ir/index.ts";
import { opTable } from "../../ops/index.ts";
import { type AxisGroup, axisGroups } from "../../passes/index.ts";
import { batchesOf, paddedLengths } from "../../tasks/index.ts";
import { type Tensor, take } from "../../tensor/index.ts";
import { Stepper } from "../../train/index.ts";
import {
  type Applied,
  defineMethod,
  type Method,
  type MethodContext,
  type Outline,
  type Pass,
} from "../define.ts";
import { maskingRefusals } from "../masking.ts";
import {
  batchRefusals,
  lossOf,
  train,
  trainableGraph,
  trainingBatch,
  trainingData,
  trainingParams,
  trainingPasses,
} from "../training.ts";
import { masked } from "./masked.ts";

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

interface Kind {
  readonly kind: string;
  readonly unit: string;
  readonly describe: string;
  readonly chooses: (group: AxisGroup) => boolean;
  /** Units are kept in multiples of this. */
  readonly multiple: number;
}

const widest = (group: AxisGroup): number => Math.max(...group.members.map(({ block }) => block));

/** Groups of one kind that can be cut. Their first member's weight names the layer. */
function groupsOf(model: Bundle, { chooses }: Kind): readonly AxisGroup[] {
  return axisGroups(model.model.graph).filter(
    (group) =>
      group.fixed === undefined &&
      group.members.some(({ contracted }) => contracted) &&
      inOneLayer(model, group) &&
      chooses(group),
  );
}

/** A family's config describes the sizes of its layers only: what lies outside them (a pooler) keeps its width. */
const inOneLayer = ({ family }: Bundle, { members }: AxisGroup): boolean =>
  family === undefined ||
  (new Set(members.map(({ weight }) => family.layerOf(weight)?.index ?? -1)).size === 1 &&
    members.every(({ weight }) => family.layerOf(weight) !== undefined));

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
      ...requirements(model, kind, importance),
    ],
    apply: (model, given, context) => prune(model, given, context, kind),
    only: (model, changes) => cut(model.model.graph, ...chosen(model, kind, changes)),
    rewrite(model, { model: result, changes }, { finetune }) {
      const [groups, keep] = chosen(model, kind, changes);
      const { graph } = model.model;
      return {
        made: finetune ? cut(graph, groups, keep) : result.model.graph,
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

/** The groups of these changes, and what stays of each. */
function chosen(
  model: Bundle,
  kind: Kind,
  changes: readonly Change[],
): readonly [readonly AxisGroup[], readonly (readonly number[])[]] {
  const kept = new Map(changes.map((change) => [change.target, change.kept]));
  const groups = groupsOf(model, kind).filter((group) => kept.has(layerName(group)));
  return [groups, groups.map((group) => must(kept.get(layerName(group)), "kept"))];
}

function requirements(model: Bundle, kind: Kind, importance: string): readonly Refusal[] {
  const groups = groupsOf(model, kind);
  const quantized = [...model.model.graph.weights.keys()].some(
    ({ type }) => type.dtype === "i8" || type.dtype === "u8",
  );
  if (quantized && (importance === "taylor" || groups.length === 0))
    return [
      { target: "model", why: "it is quantized: prune the float model that it was made from, then quantize" },
    ];
  return groups.length > 0
    ? []
    : [{ target: "model", why: `no group of ${kind.unit}s that can be cut was found in its graph` }];
}

/** Heads: units of several consecutive indices of their projections, kept apart from scores to context. */
export const heads = structured({
  kind: "heads",
  unit: "head",
  describe: "cut whole attention heads",
  multiple: 1,
  chooses: (group) => widest(group) > 1,
});
/** Neurons: single indices between two products, the feed-forward's hidden width. */
export const neurons = structured({
  kind: "neurons",
  unit: "neuron",
  describe: "cut feed-forward neurons",
  multiple: 8,
  chooses: (group) => widest(group) === 1 && group.units >= 16,
});

async function prune(model: Bundle, given: Params, context: MethodContext, kind: Kind): Promise<Applied> {
  const groups = groupsOf(model, kind);
  const scores =
    given.importance === "norm"
      ? normImportance(model, groups)
      : await taylorImportance(model, groups, given, context);
  const keep = choose(groups, scores, given, kind.multiple);
  const smaller = smallerModel(model, groups, keep);
  const trained = given.finetune ? await train(smaller, given.finetune, context) : smaller;
  const changes = groups.map((group, i): Change => {
    const kept = must(keep[i], "kept");
    return { target: layerName(group), what: `${group.units} -> ${kept.length} ${kind.unit}s`, kept };
  });
  const refused = groups.flatMap((group, i): Refusal[] =>
    must(keep[i], "kept").length === group.units && given.ratio > 0
      ? [
          {
            target: layerName(group),
            why: `all its ${kind.unit}s are more important than those cut elsewhere`,
          },
        ]
      : [],
  );
  return { model: trained, changes, refused };
}

/** As many units of each group as leave where the scope is the layer; which ones does not matter to the size. */
function outline(model: Bundle, given: Params, kind: Kind): Outline {
  const groups = groupsOf(model, kind);
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

const layerName = (group: AxisGroup): string =>
  must(group.members[0], "member").weight.replace(/\.(weight|bias)$/, "");

/** Members through which a unit acts on the output: the axes that a product sums over. */
const outgoing = (group: AxisGroup) => group.members.filter(({ contracted }) => contracted);

/** Sums `value(index)` over the elements of each unit along the member's axis. */
function perUnit(
  tensor: Tensor,
  axis: number,
  block: number,
  units: number,
  value: (index: number) => number,
): Float64Array {
  const sums = new Float64Array(units);
  const inner = tensor.shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const length = units * block;
  for (let i = 0; i < tensor.size; i++) {
    const unit = Math.floor((Math.floor(i / inner) % length) / block);
    sums[unit] = (sums[unit] ?? 0) + value(i);
  }
  return sums;
}

/** L2 norm of the weights that carry each unit's output. */
function normImportance(model: Bundle, groups: readonly AxisGroup[]): readonly Float64Array[] {
  const weights = namedWeights(model.model.graph);
  return groups.map((group) => {
    const total = new Float64Array(group.units);
    for (const { weight, axis, block } of outgoing(group)) {
      const tensor = must(weights.get(weight), weight);
      const data = tensor.floats;
      perUnit(tensor, axis, block, group.units, (i) => (data[i] ?? 0) ** 2).forEach((sum, unit) => {
        total[unit] = (total[unit] ?? 0) + sum;
      });
    }
    return total.map(Math.sqrt);
  });
}

/**
 * First-order Taylor: the mean over batches of |sum of w dL/dw| over a unit's outgoing weights, which is the loss's
 * derivative by a gate on the unit (Michel, Levy & Neubig 2019; Molchanov et al. 2019).
 */
async function taylorImportance(
  model: Bundle,
  groups: readonly AxisGroup[],
  given: Params,
  context: MethodContext,
): Promise<readonly Float64Array[]> {
  const data = await trainingData(context);
  const graph = trainableGraph(model, false);
  const training = given.finetune ?? calibrating;
  const wanted = new Set(groups.flatMap((group) => outgoing(group).map(({ weight }) => weight)));
  const stepper = new Stepper({
    engine: context.engine,
    threads: context.threads,
    graph,
    loss: lossOf(training, data.dataset),
    seed: context.seed,
    trainable: (name) => wanted.has(name),
  });
  const scores = groups.map((group) => new Float64Array(group.units));
  const batches = batchesOf(data.dataset, training.batch, {
    rng: rng(context.seed, context.id, "calibration"),
    maxLength: model.maxLength,
    lengths: paddedLengths(data.task, portsOf(graph).inputs),
  });
  try {
    for (const batch of batches.slice(0, given.calibration)) {
      context.signal.throwIfAborted();
      await stepper.gradients(trainingBatch(data, graph, batch, training.batch), 0);
      groups.forEach((group, g) => {
        const gate = new Float64Array(group.units);
        for (const { weight, axis, block } of outgoing(group)) {
          const [w, dw] = [stepper.parameters.weight(weight), stepper.parameters.gradient(weight).floats];
          const values = w.floats;
          perUnit(w, axis, block, group.units, (i) => (values[i] ?? 0) * (dw[i] ?? 0)).forEach(
            (sum, unit) => {
              gate[unit] = (gate[unit] ?? 0) + sum;
            },
          );
        }
        const score = must(scores[g], "scores");
        gate.forEach((value, unit) => {
          score[unit] = (score[unit] ?? 0) + Math.abs(value);
        });
      });
    }
  } finally {
    await stepper.dispose();
  }
  return scores;
}

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
  const graph = cut(model.model.graph, groups, keep);
  const config = model.family ? model.family.describe(model.config, graph) : model.config;
  return { ...model, config, model: { ...model.model, graph } };
}

/** The graph with only the kept units: every weight of a group is cut along its axis. */
function cut(graph: Graph, groups: readonly AxisGroup[], keep: readonly (readonly number[])[]): Graph {
  const cuts = new Map<string, { axis: number; indices: readonly number[] }[]>();
  groups.forEach((group, g) => {
    for (const { weight, axis, block } of group.members) {
      const indices = must(keep[g], "kept").flatMap((unit) =>
        Array.from({ length: block }, (_, i) => unit * block + i),
      );
      cuts.set(weight, [...(cuts.get(weight) ?? []), { axis, indices }]);
    }
  });
  return rebuild(graph, opTable, {
    weight: ({ name }, tensor) =>
      (cuts.get(name ?? "") ?? []).reduce((part, { axis, indices }) => take(part, axis, indices), tensor),
  });
}
