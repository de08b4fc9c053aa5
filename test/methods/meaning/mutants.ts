// Methods that are wrong in one place: signs, orders, axes, layers, scales, schedules.
import type { Mutation } from "../../mutate.ts";

/** A mutant of a source file, and what it does wrongly. */
export interface Mutant extends Mutation {
  readonly file: string;
  readonly what: string;
}

const of = (file: string, ...all: readonly (readonly [what: string, from: string, to: string])[]): Mutant[] =>
  all.map(([what, from, to]) => ({ file, what, from, to }));

export const mutants: readonly Mutant[] = [
  ...of(
    "methods/prune/structured.ts",
    [
      "the least important units of a layer stay",
      "(scores[g]?.[b] ?? 0) - (scores[g]?.[a] ?? 0) || a - b",
      "(scores[g]?.[a] ?? 0) - (scores[g]?.[b] ?? 0) || a - b",
    ],
    [
      "the layers with the least important units keep most",
      ".sort((a, b) => b.score - a.score)",
      ".sort((a, b) => a.score - b.score)",
    ],
    ["the share that leaves is the share that stays", "group.units * (1 - ratio)", "group.units * ratio"],
    ["of all layers, too", "all.length * (1 - ratio)", "all.length * ratio"],
    ["scopes are the other way round", 'scope === "layer" ? group.units', 'scope !== "layer" ? group.units'],
  ),
  ...of(
    "methods/prune/importance.ts",
    ["gradients of opposite sign cancel between batches", "+ Math.abs(value)", "+ value"],
    ["importance is the gradient alone", "(floats[i] ?? 0) * (slopes[i] ?? 0)", "(slopes[i] ?? 0)"],
    ["importance is the weight times itself", "(floats[i] ?? 0) * (slopes[i] ?? 0)", "(floats[i] ?? 0) ** 2"],
    ["norms count the sign", "(data[i] ?? 0) ** 2", "(data[i] ?? 0)"],
    [
      "elements are counted along the other axis",
      "tensor.shape.slice(axis + 1)",
      "tensor.shape.slice(2 - axis)",
    ],
    [
      "importance is the incoming weights'",
      "filter(({ contracted }) => contracted)",
      "filter(({ contracted }) => !contracted)",
    ],
    [
      "a unit counts for its neighbour",
      "units[Math.floor(i / inner) % units.length]",
      "units[(Math.floor(i / inner) + 1) % units.length]",
    ],
  ),
  ...of(
    "passes/cut.ts",
    ["what should stay is cut", "kept.has(unit) && ", "!kept.has(unit) && "],
    [
      "an index next to a unit's is cut in its place",
      "stay ? [i] : []",
      "stay ? [(i + 1) % stays.length] : []",
    ],
  ),
  ...of("passes/axis-labels.ts", [
    "a head's indices are taken as heads",
    "Math.floor(index / block) % steps",
    "index % steps",
  ]),
  ...of(
    "methods/prune/magnitude.ts",
    ["the largest weights go", "Math.abs(value) > limit ? 1 : 0", "Math.abs(value) > limit ? 0 : 1"],
    ["negative weights are small", "Math.abs(value) > limit ? 1 : 0", "value > limit ? 1 : 0"],
    ["one weight too many goes", "all.sort()[count - 1]", "all.sort()[count]"],
    ["magnitudes are not sorted", "all.sort()[count - 1]", "all[count - 1]"],
    ["the threshold does not look at magnitudes", "all[at++] = Math.abs(value)", "all[at++] = value"],
    ["scopes are the other way round", 'scope === "global" ? shared', 'scope !== "global" ? shared'],
    ["what stays is zeroed", "mask[i] === 0 ? 0 : value", "mask[i] === 0 ? value : 0"],
    [
      "sparsity grows until the end of training",
      "Math.floor(progress * 2 * STAGES)",
      "Math.floor(progress * STAGES)",
    ],
    [
      "sparsity grows a stage early",
      "Math.floor(progress * 2 * STAGES)",
      "Math.ceil(progress * 2 * STAGES + 0.5)",
    ],
    ["sparsity grows linearly", "cubicSparsity(stage / STAGES, sparsity)", "(stage / STAGES) * sparsity"],
  ),
  ...of(
    "methods/distill/student.ts",
    ["every layer is the teacher's first", "must(layers[layer.index],", "must(layers[0] && 0,"],
    ["layers are taken in reverse", "layers[layer.index]", "layers[layers.length - 1 - layer.index]"],
    [
      "layers are the next ones",
      "layer.rename(must(layers[layer.index]",
      "layer.rename(-1 + must(layers[layer.index]",
    ],
    ["layers are the first ones", "Math.floor((i * (depth - 1)) / (count - 1))", "i"],
    ["the last layer is never taken", "(i * (depth - 1)) / (count - 1)", "(i * depth) / count"],
    ["one layer is the first", "return [depth - 1]", "return [0]"],
    [
      "tables are on different bases",
      "await directions.project(table)",
      "await (await principalDirections(table, width, context.engine)).project(table)",
    ],
  ),
  ...of(
    "families/fresh.ts",
    ["all weights are the same numbers", 'rng(seed, "student", name)', 'rng(seed, "student")'],
    [
      "fresh weights are ten times as large",
      "deviation * random.normal()",
      "10 * deviation * random.normal()",
    ],
    ["gains are zero", "data.fill(1)", "data.fill(0)"],
  ),
  ...of(
    "methods/distill/projection.ts",
    ["onto the weakest directions", "wide - 1 - column", "column"],
    ["the strongest direction is left out", "wide - 1 - column", "wide - 2 - column"],
    [
      "onto the rows of the eigenvectors",
      "eigenvectorMatrix.get(row, wide - 1 - column)",
      "eigenvectorMatrix.get(wide - 1 - column, row)",
    ],
  ),
  ...of(
    "methods/distill/distill.ts",
    ["the chosen layers are passed over", "from ?? spreadLayers(", "spreadLayers("],
    ["heads are half as wide", "Math.round(hidden / headSize)", "Math.round((2 * hidden) / headSize)"],
    ["the feed-forward is the width", "own?.intermediate ?? 4 * hidden", "own?.intermediate ?? hidden"],
  ),
  ...of(
    "methods/training.ts",
    [
      "the teacher's answers are of other items",
      "teacherLogits.subarray(index * classes, (index + 1) * classes), row",
      "teacherLogits.subarray(row * classes, (row + 1) * classes), row",
    ],
    [
      "labels are of other classes",
      "target[row * classes + label] =",
      "target[row * classes + ((label + 1) % classes)] =",
    ],
    ["smoothing takes too much", "1 - smoothing + smoothing / classes", "1 - smoothing"],
    ["padding rows count", "weight[row] = 1 / items.length", "weight.fill(1 / rows)"],
    ["zeros are trained, the rest is held", "value === 0 ? 0 : 1", "value === 0 ? 1 : 0"],
    ["pruned zeros are trained", "zeros > PRUNED * values.length", "zeros > 0.5 * values.length"],
  ),
  ...of(
    "methods/masking.ts",
    ["what should stay is masked", "stream.next() < share", "stream.next() > share"],
    ["special tokens are masked", "&& !mask.special.has(id)", ""],
  ),
  ...of(
    "methods/quantize/int8.ts",
    [
      "the orientation is the other one",
      "transposed ? [second, first] : [first, second]",
      "transposed ? [first, second] : [second, first]",
    ],
    ["pairs may saturate", "rows, integers + i * rows, PAIR_LIMIT", "rows, integers + i * rows, ANY_PAIR"],
    [
      "scales are of the neighbour",
      "scales[from + i] = Math.abs(scale)",
      "scales[(from + i + 1) % columns] = Math.abs(scale)",
    ],
    ["a table's scale is twice too large", "size / LIMIT", "(2 * size) / LIMIT"],
    ["rows that are not alike share a scale", "top <= ALIKE * usual", "top >= 0"],
    ["rows are rounded by the first row's scale", "scales[shared ? 0 : i]", "scales[0]"],
  ),
  ...of(
    "tasks/batches.ts",
    ["a bucket is one token short", "Math.ceil(longest / step) * step", "Math.floor(longest / step) * step"],
    ["steps are twice as long", "longest / 16", "longest / 8"],
    [
      "a batch is as long as its shortest item",
      "Math.max(1, ...indices.map(lengthOf))",
      "Math.min(...indices.map(lengthOf))",
    ],
    ["the last item of a batch is lost", "sorted.slice(at, end)", "sorted.slice(at, end - 1)"],
  ),
  ...of(
    "train/losses.ts",
    ["temperature is not squared", "alpha * temperature ** 2", "alpha * temperature"],
    ["alpha is the label's", "alpha * temperature ** 2", "(1 - alpha) * temperature ** 2"],
    ["the student is not softened", "b.scale(logits, 1 / temperature)", "logits"],
    [
      "the divergence is the other way round",
      'b.sub(b.op("LogSoftmax", [teacher]), student)',
      'b.sub(student, b.op("LogSoftmax", [teacher]))',
    ],
    ["cross entropy is negative", "return b.neg(b.sum(b.mul(target", "return (b.sum(b.mul(target"],
  ),
  ...of(
    "train/parameters.ts",
    ["the first moment is not corrected", "learningRate / (1 - beta1 ** this.#steps)", "learningRate"],
    ["the second moment is not corrected", "1 / Math.sqrt(1 - beta2 ** this.#steps)", "1"],
    ["weights grow by the decay", "1 - learningRate * weightDecay", "1 + learningRate * weightDecay"],
    ["vectors decay", "parameter.decays ? keep : 1", "keep"],
    ["rows that were not read do not decay", "this.#decayed *= keep;", ""],
  ),
  ...of(
    "train/schedule.ts",
    ["the warm-up begins at nothing", "(step + 1) / (warmup + 1)", "step / warmup"],
    ["the fall begins at the start", "(total - step) / (total - warmup)", "(total - step) / total"],
    ["sparsity is quadratic", "** 3", "** 2"],
  ),
];
