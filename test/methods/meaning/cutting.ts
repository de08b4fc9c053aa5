// What cutting means: a unit is the same indices of every matrix that it stands in, and they alone leave.
import { expect } from "vitest";
import { must } from "../../../src/base/index.ts";
import { namedWeights } from "../../../src/ir/index.ts";
import { headKind, neuronKind, unitsOf } from "../../../src/methods/prune/units.ts";
import { plain } from "./planted.ts";

type Cut = typeof import("../../../src/passes/cut.ts");
type Labels = typeof import("../../../src/passes/axis-labels.ts");

/** Rows of the matrix before a unit stay where the unit stays, with their values. */
export function whatStaysIsWhatWasKept(module: Cut): void {
  const model = plain();
  const { graph } = model.model;
  for (const [kind, name, block] of [
    [headKind, "attention.self.value.weight", 8],
    [neuronKind, "intermediate.dense.weight", 1],
  ] as const) {
    const { groups } = unitsOf(model, kind);
    const kept = [0, 2];
    const cut = namedWeights(
      module.cutUnits(
        graph,
        groups,
        groups.map(() => kept),
      ),
    );
    for (const layer of [0, 1]) {
      const weight = `bert.encoder.layer.${layer}.${name}`;
      const [before, after] = [must(namedWeights(graph).get(weight), weight), must(cut.get(weight), weight)];
      const width = must(before.shape[1], "width");
      const rows = kept.flatMap((unit) => [
        ...before.floats.subarray(unit * block * width, (unit + 1) * block * width),
      ]);
      expect([...after.floats]).toEqual(rows);
    }
  }
}

/** A head is so many consecutive columns of the matrix after attention. */
export function headsAreConsecutive(module: Labels): void {
  const { graph } = plain().model;
  const weight = [...graph.weights.keys()].find(({ name }) =>
    name?.endsWith("0.attention.output.dense.weight"),
  );
  const axis = 1;
  const labels = new module.AxisLabels(module.axisView(graph), must(weight, "weight"), axis);
  const found = [...must(labels.of(must(weight, "weight"), axis), "labels")];
  expect(new Set(found).size).toBe(4);
  found.forEach((label, i) => {
    expect(label === found[i - (i % 8)]).toBe(true);
  });
}
