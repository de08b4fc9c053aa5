// What a student's first weights mean: which of the teacher's layers it takes, and what a fresh weight is like.
import { expect } from "vitest";
import { namedWeights } from "../../../src/ir/index.ts";
import { contextFor, tinyModel } from "../world.ts";

type Student = typeof import("../../../src/methods/distill/student.ts");

const teacher = () => tinyModel({ num_hidden_layers: 6 });
const whole = { layers: 3, hidden: 32, heads: 4, intermediate: 64 };

/** Layer i of the student is layer `from[i]` of the teacher bit for bit, and what lies outside layers is the teacher's. */
export async function layersAreTheTeachers(module: Student): Promise<void> {
  const context = await contextFor(teacher());
  for (const from of [
    [0, 2, 5],
    [4, 1, 3],
  ]) {
    const { model } = await module.makeStudent(teacher(), whole, "teacher-layers", from, context);
    const theirs = namedWeights(teacher().model.graph);
    const own = namedWeights(model.graph);
    expect(own.size).toBeGreaterThan(3 * 16);
    for (const [name, tensor] of own) {
      const source = name.replace(/layer\.(\d+)\./, (_, index) => `layer.${from[Number(index)]}.`);
      expect(Buffer.from(tensor.bytes).equals(Buffer.from(theirs.get(source)?.bytes ?? []))).toBe(true);
    }
  }
}

/** Layers are spread from the first to the last; one layer is the last, all are all. */
export async function layersAreSpread(module: Student): Promise<void> {
  expect(module.spreadLayers(3, 6)).toEqual([0, 2, 5]);
  expect(module.spreadLayers(2, 12)).toEqual([0, 11]);
  expect(module.spreadLayers(1, 6)).toEqual([5]);
  expect(module.spreadLayers(4, 12)).toEqual([0, 3, 7, 11]);
  for (let depth = 1; depth <= 24; depth++)
    expect(module.spreadLayers(depth, depth)).toEqual(Array.from({ length: depth }, (_, i) => i));
}

/** Tables of a projected student are the teacher's on one basis: what two words have in common stays, as far as it can. */
export async function tablesAreProjected(module: Student): Promise<void> {
  const model = teacher();
  const context = await contextFor(model);
  const shape = { layers: 1, hidden: 32, heads: 4, intermediate: 64 };
  const made = await module.makeStudent(model, shape, "projected", [], context);
  // at full width the projection is a rotation: every inner product stays, also between the tables
  const tables = ["word", "position", "token_type"].map(
    (name) => `bert.embeddings.${name}_embeddings.weight`,
  );
  const rows = (of: typeof model) =>
    tables.flatMap((name) => {
      const tensor = namedWeights(of.model.graph).get(name);
      const width = tensor?.shape[1] ?? 1;
      return Array.from({ length: Math.min(2, tensor?.shape[0] ?? 0) }, (_, row) =>
        [...(tensor?.floats ?? [])].slice(row * width, (row + 1) * width),
      );
    });
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const [own, theirs] = [rows(made), rows(model)];
  own.forEach((row, i) => {
    own.forEach((other, j) => {
      expect(dot(row, other)).toBeCloseTo(dot(theirs[i] ?? [], theirs[j] ?? []), 3);
    });
  });
}
