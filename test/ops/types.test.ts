// Element types of inputs: what ONNX's schemas want alike, or of few types, the op table refuses otherwise.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { Builder } from "../../src/ir/index.ts";
import { type OpDef, ops, opTable } from "../../src/ops/index.ts";
import { type DType, Tensor } from "../../src/tensor/index.ts";
import { type CallInput, examplesOf, type OpCall } from "../conformance/calls.ts";
import { root } from "../docs/documents.ts";

interface Formal {
  readonly type: string;
  readonly variadic: boolean;
  /** Names of ONNX's types, where there are few. */
  readonly few?: readonly string[];
}
const reference: { readonly ops: Readonly<Record<string, readonly Formal[]>> } = JSON.parse(
  readFileSync(join(root, "fixtures/reference/op-types.json"), "utf8"),
);

/** The same input of another element type. */
const other = (input: Exclude<CallInput, undefined>, dtype: DType): CallInput =>
  input instanceof Tensor ? Tensor.from(dtype, input.shape, input.numbers()) : { ...input, dtype };

/** Why a call is refused; undefined where it is not. */
function refusal({ def, attrs, outputs }: OpCall, inputs: readonly CallInput[]): string | undefined {
  const b = new Builder(opTable);
  const values = inputs.map((input, i) => {
    if (!input) return undefined;
    return input instanceof Tensor ? b.constant(input) : b.input(`x${i}`, input.dtype, input.shape);
  });
  try {
    b.opN(def.type, values, attrs, outputs ?? 1);
    return undefined;
  } catch (error) {
    if (error instanceof AppError && error.kind === "input") return error.message;
    throw error;
  }
}

/** What stands for another type than an input may be of, with the words that refuse it. */
function* wrongTypes(call: OpCall, formals: readonly Formal[]): Generator<readonly [number, DType, RegExp]> {
  const formalOf = (i: number): Formal | undefined => formals[Math.min(i, formals.length - 1)];
  const named = (i: number): string | undefined => formalOf(i)?.type;
  for (const [i, input] of call.inputs.entries()) {
    if (!input) continue;
    const twins = call.inputs.filter((one, j) => one && j !== i && named(j) === named(i));
    const few = formalOf(i)?.few;
    const wrong = input.dtype === "f32" ? "f64" : "f32";
    if (twins.length > 0) yield [i, wrong, /must be/];
    // an op of floats alone is computed in f64 by tests of gradients
    else if (few && !few.includes("float")) yield [i, wrong, new RegExp(`must be .*, not ${wrong}$`)];
  }
}

const told = [...ops.values()].filter(({ type }) => reference.ops[type] !== undefined);

describe("element types", () => {
  test.each(told.map((def): [string, OpDef] => [def.type, def]))("%s", (type, def) => {
    for (const call of examplesOf(def)) {
      expect(refusal(call, call.inputs)).toBeUndefined();
      for (const [i, wrong, words] of wrongTypes(call, reference.ops[type] ?? [])) {
        const inputs = call.inputs.map((input, j) => (input && i === j ? other(input, wrong) : input));
        expect(refusal(call, inputs), `${call.title}: input ${i} as ${wrong}`).toMatch(words);
      }
    }
  });

  test("most ops are held to something", () => {
    const held = told.filter((def) =>
      examplesOf(def).some((call) => [...wrongTypes(call, reference.ops[def.type] ?? [])].length > 0),
    );
    expect(held.length).toBeGreaterThan(30);
  });

  test("are told with the names of the inputs", () => {
    const b = new Builder(opTable);
    const [x, y] = [b.input("x", "f32", [2]), b.input("y", "f64", [2])];
    expect(() => b.op("Concat", [x, y], { axis: 0 })).toThrow(
      "Concat: Xs must be of one element type, not f32 and f64",
    );
    expect(() => b.op("Gather", [x, y])).toThrow("Gather: indices must be i64 or i32, not f64");
  });

  test("Split takes its sizes or their number, Slice lists of one axis", () => {
    const b = new Builder(opTable);
    const x = b.input("x", "f32", [4]);
    expect(() => b.opN("Split", [x], {}, 2)).toThrow(
      "it takes its input split or num_outputs, and has neither",
    );
    expect(() => b.opN("Split", [x, b.ints([2, 2])], { num_outputs: 2 }, 2)).toThrow("and has both");
    const square = b.constant(Tensor.of("i64", [1, 1], BigInt64Array.of(1n)));
    expect(() => b.op("Slice", [x, b.ints([0]), square])).toThrow(
      "Slice: ends must have one axis, and has 2",
    );
  });
});
