// What the parts of training mean: targets, losses, schedules, batches, masks and steps.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { rng } from "../../../src/base/index.ts";
import { namedWeights } from "../../../src/ir/index.ts";
import { Arena } from "../../../src/kernels/index.ts";
import { Tensor } from "../../../src/tensor/index.ts";
import { agrees, evaluate, cases as lossCases } from "../../train/losses.ts";
import { apply, contextFor, dataset, task, tinyModel } from "../world.ts";

type Training = typeof import("../../../src/methods/training.ts");
type Losses = typeof import("../../../src/train/losses.ts");
type Schedule = typeof import("../../../src/train/schedule.ts");
type Batches = typeof import("../../../src/tasks/batches.ts");
type Masking = typeof import("../../../src/methods/masking.ts");
type Int8 = typeof import("../../../src/methods/quantize/int8.ts");
type Parameters = typeof import("../../../src/train/parameters.ts");
type Distill = typeof import("../../../src/methods/distill/distill.ts");

/** A batch has each item's own answers, its label with the rest of the smoothing, and no weight on padding rows. */
export async function aBatchIsItsItems(module: Training): Promise<void> {
  const data = dataset(6);
  const teacherLogits = Float32Array.from({ length: 18 }, (_, i) => i + 0.5);
  const batch = { indices: [4, 1, 2], length: 7 };
  const { feeds, dims } = module.trainingBatch(
    { task, dataset: data, teacherLogits },
    tinyModel().model.graph,
    batch,
    5,
    0.3,
  );
  expect(dims).toEqual({ batch: 5, sequence: 7 });
  const numbers = (name: string) => [...(feeds[name]?.floats ?? [])];
  expect(numbers("teacher").slice(0, 9)).toEqual([12.5, 13.5, 14.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5]);
  batch.indices.forEach((index, row) => {
    const target = numbers("target").slice(3 * row, 3 * row + 3);
    const expected = [0.1, 0.1, 0.1].map((rest, c) => rest + (c === data.items[index]?.label ? 0.7 : 0));
    target.forEach((value, c) => {
      expect(value).toBeCloseTo(expected[c] ?? Number.NaN, 6);
    });
  });
  const third = Math.fround(1 / 3);
  expect(numbers("row weight")).toEqual([third, third, third, 0, 0]);
}

/** Zeros that pruning left stay zeros; a matrix without them, or of nothing else, is trained whole. */
export async function prunedZerosStay(module: Training): Promise<void> {
  const model = tinyModel();
  const name = "bert.encoder.layer.0.intermediate.dense.weight";
  const { withWeights } = await import("../../../src/ir/index.ts");
  const before = namedWeights(model.model.graph).get(name)?.floats ?? new Float32Array(0);
  const data = before.map((value, i) => (i % 10 === 3 ? 0 : value));
  const tensor = Tensor.floats([64, 32], data);
  const graph = withWeights(model.model.graph, new Map([[name, tensor]]));
  const pruned = { ...model, model: { ...model.model, graph } };
  const params = module.trainingParams({ epochs: 2, learningRate: 1e-2 }).parse({ batch: 8 });
  const trained = await module.train(pruned, params, await contextFor(model));
  const after = namedWeights(trained.model.graph).get(name)?.floats ?? [];
  data.forEach((value, i) => {
    if (value === 0) expect(after[i] === 0).toBe(true);
    else expect(after[i]).not.toBe(value);
  });
}

/** Cross entropy, T^2 KL and their sum by alpha are PyTorch's numbers. */
export async function lossesArePyTorchs(module: Losses): Promise<void> {
  for (const one of lossCases) {
    const { temperature, alpha } = one;
    agrees(await evaluate(one, module.crossEntropy), one.cross_entropy);
    agrees(await evaluate(one, module.distillation({ temperature, alpha: 1 })), one.kl);
    agrees(await evaluate(one, module.distillation({ temperature, alpha })), one.distillation);
  }
}

/** Rises in equal steps to 1, falls in equal steps to 0; sparsity is cubic. */
export function schedulesRiseAndFall(module: Schedule): void {
  const rates = Array.from({ length: 11 }, (_, step) => module.linearSchedule(step, 10, 4));
  const expected = [0.2, 0.4, 0.6, 0.8, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0];
  rates.forEach((rate, step) => {
    expect(rate).toBeCloseTo(expected[step] ?? Number.NaN, 9);
  });
  expect(module.linearSchedule(0, 10, 0)).toBe(1);
  expect([0, 0.5, 1, 2].map((t) => module.cubicSparsity(t, 0.8))).toEqual([0, 0.7000000000000001, 0.8, 0.8]);
}

/** Each item is in one batch, none is longer than it, and less than an eighth of its length is padding by rounding. */
export function batchesHoldTheirItems(module: Batches): void {
  for (let length = 1; length <= 512; length++) {
    const bucket = module.bucketOf(length);
    expect(bucket).toBeGreaterThanOrEqual(length);
    expect(bucket - length).toBeLessThan(Math.max(1, length / 8));
    expect(module.bucketOf(bucket)).toBe(bucket);
    if (length <= 16) expect(bucket).toBe(length);
  }
  // 8 steps to each doubling
  const kinds = new Set(Array.from({ length: 256 }, (_, i) => module.bucketOf(257 + i)));
  expect(kinds.size).toBe(8);
  const data = dataset(50);
  for (const random of [undefined, rng(1, "batches")]) {
    const batches = module.batchesOf(data, 8, { lengths: module.bucketOf, ...(random && { rng: random }) });
    expect(batches.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual([...data.items.keys()]);
    for (const { indices, length } of batches) {
      const longest = Math.max(...indices.map((index) => data.items[index]?.length ?? 0));
      expect(length).toBe(longest);
    }
    expect(batches.filter(({ indices }) => indices.length < 8).length).toBe(1);
  }
  const [first] = module.batchesOf(data, 50, { maxLength: 5 });
  expect(first?.length).toBe(5);
}

/** About the share of the tokens that are not special is masked, and nothing else is touched. */
export function masksItsShare(module: Masking): void {
  const special = new Set([1, 2]);
  const inputs = { input_ids: [1, ...Array.from({ length: 398 }, (_, i) => 3 + (i % 50)), 2] };
  const items = Array.from({ length: 5 }, () => ({ inputs, length: 400, label: 0, text: "" }));
  const tokenizer = { mask: { id: 99, special } } as unknown as Tokenizer;
  const random = (index: number) => rng(5, "masking", index);
  const masked = module.maskTokens({ ...dataset(1), items }, tokenizer, 0.25, random);
  const rows = masked.items.map((item) => item.inputs["input_ids"] ?? []);
  for (const row of rows) {
    expect([row[0], row.at(-1)]).toEqual([1, 2]);
    const share = row.filter((id) => id === 99).length / 398;
    expect(Math.abs(share - 0.25)).toBeLessThan(0.08);
    row.forEach((id, i) => {
      if (id !== 99) expect(id).toBe(inputs.input_ids[i]);
    });
  }
  expect(rows[0]).not.toEqual(rows[1]);
}
type Tokenizer = import("../../../src/families/index.ts").Bundle["tokenizer"];

/** Every number is the nearest multiple of its column's or row's scale, the scale is the largest number's, pairs do not saturate. */
export function integersAreNearest(module: Int8): void {
  const random = rng(9, "int8");
  const [rows, columns] = [33, 5];
  const data = Float32Array.from({ length: rows * columns }, (_, i) => random.normal() * (1 + (i % columns)));
  for (const transposed of [false, true]) {
    const at = (r: number, c: number): number => (transposed ? c * rows + r : r * columns + c);
    const tensor = Tensor.floats(transposed ? [columns, rows] : [rows, columns], data);
    const { values, scales, widened } = module.quantizeColumns(tensor, transposed);
    expect(values.shape).toEqual([rows, columns]);
    let wide = 0;
    for (let c = 0; c < columns; c++) {
      const scale = scales.floats[c] ?? 0;
      const top = Math.max(...Array.from({ length: rows }, (_, r) => Math.abs(data[at(r, c)] ?? 0)));
      if (scale > (top / 127) * 1.0001) wide++;
      else expect(scale / (top / 127)).toBeCloseTo(1, 5);
      for (let r = 0; r < rows; r++) {
        const integer = Number(values.data[r * columns + c]);
        expect(Math.abs(integer * scale - (data[at(r, c)] ?? 0))).toBeLessThanOrEqual(scale * 0.5001);
        if (r % 2 === 1) {
          const pair = integer + Number(values.data[(r - 1) * columns + c]);
          expect(Math.abs(pair)).toBeLessThanOrEqual(128);
        }
      }
    }
    expect(widened).toBe(wide);
  }
  for (const spread of [1, 100]) {
    const table = Tensor.floats(
      [6, 4],
      Array.from({ length: 24 }, (_, i) => random.normal() * (i < 4 ? spread : 1)),
    );
    const { values, scales } = module.quantizeTable(table);
    expect(scales.shape).toEqual(spread === 1 ? [1] : [6, 1]);
    table.floats.forEach((value, i) => {
      const scale = scales.floats[spread === 1 ? 0 : Math.floor(i / 4)] ?? 0;
      expect(Math.abs(Number(values.data[i]) * scale - value)).toBeLessThanOrEqual(scale * 0.5001);
    });
    const tops = Array.from({ length: 6 }, (_, r) =>
      Math.max(...[...table.floats.slice(4 * r, 4 * r + 4)].map(Math.abs)),
    );
    scales.floats.forEach((scale, r) => {
      expect(scale).toBeCloseTo((spread === 1 ? Math.max(...tops) : (tops[r] ?? 0)) / 127, 6);
    });
  }
}

/** Steps are torch.optim.AdamW's; vectors do not decay, masks hold, and rows end where a dense optimiser brings them. */
export function stepsArePyTorchs(module: Parameters): void {
  const { cases } = JSON.parse(
    readFileSync(new URL("../../../fixtures/reference/adamw.json", import.meta.url), "utf8"),
  );
  for (const one of cases) {
    const start = Tensor.floats([3, 4], one.start);
    const parameters = new module.Parameters(new Arena(), new Map([["w", start]]), new Set());
    for (const [step, gradient] of one.gradients.entries()) {
      parameters.gradient("w").floats.set(gradient);
      const norm = parameters.gradientNorm();
      const options = {
        learningRate: one.learning_rates[step],
        beta1: one.betas[0],
        beta2: one.betas[1],
        epsilon: one.eps,
        weightDecay: one.weight_decay,
      };
      parameters.step(options, one.clip_norm === null ? 1 : Math.min(1, one.clip_norm / (norm + 1e-6)));
      parameters.weight("w").floats.forEach((value, i) => {
        expect(Math.abs(value - one.float32.after[step][i])).toBeLessThan(2e-6);
      });
    }
  }
  const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.5 };
  const bias = Tensor.floats([2], [1, 2]);
  const table = Tensor.floats([3, 2], [1, 2, 3, 4, 5, 6]);
  const all = new Map([
    ["bias", bias],
    ["table", table],
  ]);
  const parameters = new module.Parameters(new Arena(), all, new Set(["table"]));
  parameters.step(options, 1);
  parameters.step(options, 1);
  expect([...(parameters.snapshot().get("bias")?.floats ?? [])]).toEqual([1, 2]);
  const decayed = [...(parameters.snapshot().get("table")?.floats ?? [])];
  decayed.forEach((value, i) => {
    expect(value).toBeCloseTo((i + 1) * 0.95 ** 2, 5);
  });
}

/** A student has the sizes that were asked for, and those that were left out are the teacher's. */
export async function studentsHaveTheirSizes(module: Distill): Promise<void> {
  const teacher = tinyModel({ num_hidden_layers: 3 });
  const sizes = async (student: object, start: string) => {
    const { model } = await apply(
      module.distill,
      { student, start, epochs: start === "random" ? 1 : 0 },
      teacher,
    );
    const dims = model.family?.sizes(model.config);
    return [dims?.hidden, ...(dims?.layers ?? []).map(({ heads, intermediate }) => [heads, intermediate])];
  };
  expect(await sizes({ layers: 2 }, "teacher-layers")).toEqual([32, [4, 64], [4, 64]]);
  expect(await sizes({ layers: 1, hidden: 16 }, "projected")).toEqual([16, [2, 64]]);
  expect(await sizes({ layers: 1, hidden: 24, heads: 4, intermediate: 40 }, "random")).toEqual([24, [4, 40]]);
  const { model } = await apply(
    module.distill,
    { student: { layers: 2 }, start: "teacher-layers", from: [2, 0], epochs: 0 },
    teacher,
  );
  const [own, theirs] = [namedWeights(model.model.graph), namedWeights(teacher.model.graph)];
  const name = (layer: number) => `bert.encoder.layer.${layer}.output.dense.weight`;
  expect([...(own.get(name(0))?.floats ?? [])]).toEqual([...(theirs.get(name(2))?.floats ?? [])]);
  expect([...(own.get(name(1))?.floats ?? [])]).toEqual([...(theirs.get(name(0))?.floats ?? [])]);
}
