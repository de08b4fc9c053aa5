// A small op table and hand-made files, so that these tests need neither the registry nor an exporter.
import { defect, must } from "../../src/base/index.ts";
import type { Attrs, Call, Model, OpSchema, OpTable, ValueType } from "../../src/ir/index.ts";
import { readModelBytes } from "../../src/onnx/index.ts";
import type { Draft } from "../../src/onnx/schema.ts";
import { encode } from "../../src/onnx/wire.ts";

interface Row extends Partial<OpSchema> {
  readonly infer?: (call: Call) => readonly ValueType[];
}
const first = ({ inputs }: Call): readonly ValueType[] => [must(inputs[0], "input").type];
const rows: Readonly<Record<string, Row>> = {
  Add: { inputs: ["A", "B"] },
  Identity: {},
  Softmax: { since: 13, attrs: { axis: { kind: "int" } } },
  Squeeze: { since: 13, inputs: ["X", "axes?"], moved: { axes: "axes" } },
  Clip: { since: 13, inputs: ["X", "min?", "max?"], moved: { min: "min", max: "max" } },
  TopK: { inputs: ["X", "K"], moved: { k: "K" } },
  Split: {
    since: 18,
    inputs: ["X", "split?"],
    outputs: ["...Y"],
    attrs: { num_outputs: { kind: "int" } },
    moved: { split: "split" },
    infer: (call) =>
      Array.from({ length: Number(call.attrs.num_outputs ?? 2) }, () => must(first(call)[0], "type")),
  },
  GroupNormalization: { since: 18 },
  Newer: { since: 20 },
  "test.Kinds": {
    since: 1,
    attrs: {
      int: { kind: "int" },
      float: { kind: "float" },
      string: { kind: "string" },
      ints: { kind: "ints" },
      floats: { kind: "floats" },
      strings: { kind: "strings" },
      tensor: { kind: "tensor" },
    },
  },
  "test.Several": {
    since: 1,
    inputs: ["A", "B?", "C?"],
    outputs: ["X", "Y?", "Z?"],
    infer: (call) => [...first(call), ...first(call), ...first(call)],
  },
};

const byName = new Map(Object.entries(rows));
const row = (op: string): Row => must(byName.get(op), `op ${op}`);

export const table: OpTable = {
  schema: (op) => {
    const found = byName.get(op);
    return found && { since: 1, inputs: ["X"], outputs: ["Y"], attrs: {}, moved: {}, ...found };
  },
  infer: (call) => (row(call.op).infer ?? first)(call),
  attributes: (op: string, attrs: Attrs) => {
    for (const name of Object.keys(attrs))
      if (!row(op).attrs?.[name]) throw defect(`${op} has no attribute ${name}`);
    return attrs;
  },
};

const text = (value: string): Uint8Array => Buffer.from(value);

/** An attribute from a JavaScript value: whole numbers are INT, others FLOAT. */
export function attribute(name: string, value: number | string | readonly number[]): Draft<"AttributeProto"> {
  if (typeof value === "string") return { name, type: 3, s: text(value) };
  if (typeof value !== "number") return { name, type: 7, ints: value };
  return Number.isInteger(value) ? { name, type: 2, i: value } : { name, type: 1, f: value };
}

const dims = (shape: readonly (number | string | undefined)[]): Draft<"DimensionProto">[] =>
  shape.map((dim) =>
    dim === undefined ? {} : typeof dim === "number" ? { dim_value: dim } : { dim_param: dim },
  );

/** A graph input or output of f32. */
export const info = (name: string, ...shape: (number | string | undefined)[]): Draft<"ValueInfoProto"> => ({
  name,
  type: { tensor_type: { elem_type: 1, shape: { dim: dims(shape) } } },
});

/** The bytes of a file: by default input x[2,3] and output y. */
export const file = (
  graph: Draft<"GraphProto">,
  { opset = 18, ...model }: Draft<"ModelProto"> & { readonly opset?: number } = {},
): Uint8Array =>
  encode("ModelProto", {
    ir_version: 8,
    opset_import: [{ version: opset }, { domain: "test", version: 1 }],
    ...model,
    graph: { input: [info("x", 2, 3)], output: [info("y", 2, 3)], ...graph },
  });

/** The model of such a file. */
export const read = (
  graph: Draft<"GraphProto">,
  model?: Draft<"ModelProto"> & { readonly opset?: number },
): Model => readModelBytes(file(graph, model), "m.onnx", table);

/** What describes the error of a call; fails when there is none. */
export function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof Error && "describe" in error
      ? String((error.describe as () => string).call(error))
      : `not an AppError: ${error}`;
  }
  return "no error";
}
