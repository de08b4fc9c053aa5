// Inference against the engine: shapes, element types and known elements, for fixed and for symbolic sizes.
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { Builder, bound, type Dim, type Value, type ValueType } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import {
  addInputs,
  allOps,
  callsOf,
  feedsOf,
  graphOf,
  isDrawn,
  type OpCall,
  outputName,
  runOnce,
} from "./calls.ts";

/** Types of the outputs when sizes are symbols: one for each axis, or shared by equal sizes. */
function symbolic(
  call: OpCall,
  perAxis: boolean,
): { readonly types: readonly ValueType[]; readonly sizes: Record<string, number> } {
  const b = new Builder(opTable);
  const sizes: Record<string, number> = {};
  const inputs = addInputs(b, call, (input, axis, size): Dim => {
    if (size === 1) return 1;
    const name = perAxis ? `axis_${input}_${axis}` : `size_${size}`;
    sizes[name] = size;
    return name;
  });
  const types = b.opN(call.def.type, inputs, call.attrs, call.outputs).map(({ type }) => type);
  return { types, sizes };
}

const open = (dim: Dim): boolean => typeof dim === "string" && dim.includes("?");

/** Compares what symbols say with what numbers say; returns whether anything was left open. */
function agrees(call: OpCall, perAxis: boolean, expected: readonly ValueType[]): boolean {
  const { types, sizes } = symbolic(call, perAxis);
  let left = false;
  types.forEach((type, i) => {
    const fixed = expected[i];
    expect(type.shape.length, call.title).toBe(fixed?.shape.length);
    expect(type.dtype).toBe(fixed?.dtype);
    const pairs = [...type.shape.entries()].map(([axis, dim]) => [dim, fixed?.shape[axis]] as const);
    const known = [...(type.known ?? []).entries()].map(([at, item]) => [item, fixed?.known?.[at]] as const);
    for (const [found, number] of [...pairs, ...known]) {
      if (found === undefined) continue;
      if (open(found)) left = true;
      else expect(bound(found, sizes), `${call.title} as [${type.shape}]`).toBe(number);
    }
  });
  return left;
}

const outputsOf = (call: OpCall): readonly Value[] => graphOf(call).outputs.map(({ value }) => value);

describe.each(allOps.map((def) => [def.type, def] as const))("%s", (_type, def) => {
  test("infers what the engine gives", async () => {
    for (const call of callsOf(def, 3)) {
      const results = await runOnce(graphOf(call), feedsOf(call));
      outputsOf(call).forEach(({ type }, i) => {
        const real = results[outputName(i)];
        const shape = type.shape.map((dim, axis) => (open(dim) ? real?.shape[axis] : dim));
        expect([real?.dtype, real?.shape], call.title).toEqual([type.dtype, shape]);
        if (type.known) expect(type.known, call.title).toEqual(real?.numbers());
      });
    }
  });

  test("infers the same from symbols", () => {
    for (const call of callsOf(def, 1)) {
      const expected = outputsOf(call).map(({ type }) => type);
      for (const perAxis of [false, true]) {
        try {
          agrees(call, perAxis, expected);
        } catch (error) {
          if (!(error instanceof AppError && /must be fixed/.test(error.message))) throw error;
        }
      }
    }
  });
});

test("equal symbols leave nothing open, and few ops need fixed sizes", () => {
  const exceptions = new Set<string>();
  for (const def of allOps) {
    for (const call of callsOf(def, 0)) {
      try {
        if (
          agrees(
            call,
            false,
            outputsOf(call).map(({ type }) => type),
          )
        )
          exceptions.add(`${def.type}: open`);
      } catch (error) {
        if (error instanceof AppError) exceptions.add(`${def.type}: ${error.message}`);
        else throw error;
      }
    }
  }
  expect([...exceptions].sort()).toMatchInlineSnapshot(`
    [
      "Attention: Attention: the width of its heads must be fixed",
      "AveragePool: open",
      "Conv: Conv: the sizes of its kernel must be fixed",
      "ConvTranspose: ConvTranspose: the sizes of its kernel must be fixed",
      "DepthToSpace: open",
      "MaxPool: open",
      "NonZero: open",
      "Slice: open",
      "SpaceToDepth: open",
      "Split: Split: the length of the axis must be fixed",
      "com.microsoft.Attention: Attention: the width of its weights must be fixed",
    ]
  `);
});

test("known elements are compared for these ops", () => {
  const known = allOps.filter((def) =>
    callsOf(def, 0).some((call) => outputsOf(call).some(({ type }) => type.known)),
  );
  expect(
    known
      .map(({ type }) => type)
      .sort()
      .join(" "),
  ).toMatchInlineSnapshot(
    `"Add And Cast CastLike Concat ConstantOfShape Div Equal Gather Greater GreaterOrEqual Identity Less LessOrEqual Max Min Mod Mul Neg Not Or Range ReduceMax ReduceMin ReduceProd ReduceSum Reshape Shape Size Slice Squeeze Sub Unsqueeze Where Xor"`,
  );
});

test("every op has an example with drawn or fixed inputs, and every optional input is there once", () => {
  const missing = allOps.flatMap((def) =>
    def.inputs.flatMap((name, i) => {
      const calls = callsOf(def, 0);
      const there = calls.some((call) => call.inputs[i] !== undefined);
      const absent = !name.endsWith("?") || calls.some((call) => call.inputs[i] === undefined);
      return there && absent ? [] : [`${def.type}.${name}`];
    }),
  );
  expect(missing).toEqual([]);
  expect(
    allOps.every((def) =>
      callsOf(def, 0).some((call) => call.inputs.some((input) => isDrawn(input) || input)),
    ),
  ).toBe(true);
});
