// What differs between the opset of a file and the IR's, which is 18: attributes that moved, were added, or
// changed meaning.
import { AppError, unread } from "../base/index.ts";
import type { Attr, AttrKind, Attrs, Builder, OpSchema, Value } from "../ir/index.ts";
import { type DType, Tensor } from "../tensor/index.ts";
import { clampInt64 } from "./wire.ts";

/** The opset whose definitions the IR follows. */
export const DIALECT = 18;
/** The newest opset of ai.onnx that ONNX Runtime 1.30 takes. */
export const NEWEST = 26;

/** A node as the file gives it: its op's schema, the file's opset, inputs so far and attributes. */
export interface Foreign {
  readonly op: string;
  readonly schema: OpSchema;
  readonly opset: number;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: number;
  readonly attrs: Attrs;
  readonly kinds: Readonly<Record<string, AttrKind>>;
}
type Call = Pick<Foreign, "inputs" | "attrs">;

/**
 * Added attributes with the value that means what the op meant before: dropped where the IR's op lacks
 * them.
 */
const added: Readonly<Record<string, Attr>> = {
  saturate: 1,
  round_mode: "up",
  block_size: 0,
  output_dtype: 0,
  precision: 0,
  stash_type: 1,
  ceil_mode: 0,
  storage_order: 0,
  select_last_index: 0,
  training_mode: 0,
  noop_with_empty_axes: 0,
  reduction: "none",
  left_window_size: -1,
  right_window_size: -1,
};

/** An op whose meaning changed at an opset with nothing in the node to show it. */
interface Turn {
  readonly at: number;
  readonly what: string;
  /** The same node in the newer meaning, where there is one. */
  readonly adapt?: (node: Foreign) => Attrs | undefined;
}

/** Softmax over the last axis means the same before and after 13; over another it flattened what followed. */
const overLastAxis = ({ inputs, attrs }: Foreign): Attrs | undefined => {
  const rank = inputs[0]?.type.shape.length;
  const axis = typeof attrs.axis === "number" ? attrs.axis : 1;
  return rank !== undefined && (axis === rank - 1 || axis === -1) ? { ...attrs, axis: -1 } : undefined;
};
const flattened: Turn = { at: 13, what: "it flattened its input from its axis on", adapt: overLastAxis };

const turns: Readonly<Record<string, Turn>> = {
  Softmax: flattened,
  LogSoftmax: flattened,
  Hardmax: flattened,
  Resize: { at: 11, what: "it placed its samples differently" },
  RoiAlign: { at: 16, what: "it placed its samples differently" },
  GroupNormalization: { at: 21, what: "its scale had one number a group, not one a channel" },
  Split: {
    at: DIALECT,
    what: "its parts were counted by its outputs",
    adapt: ({ inputs, attrs, outputs }) => (inputs[1] ? attrs : { ...attrs, num_outputs: outputs }),
  },
};

/** What keeps an op of opset `from` from meaning the same at opset `to`; undefined when nothing does. */
export function turnBetween(op: string, from: number, to: number): Turn | undefined {
  const turn = turns[op];
  return turn && from >= turn.at !== to >= turn.at ? turn : undefined;
}

/** The node in the IR's dialect; an AppError `input` naming what changed where it has no equal there. */
export function toDialect(b: Builder, node: Foreign): Call {
  const { op, schema, opset } = node;
  const moved = withMoved(b, withoutAdded(node));
  const turn = op.includes(".") ? undefined : turnBetween(op, opset, Math.max(DIALECT, schema.since));
  if (!turn) return moved;
  const attrs = opset < turn.at ? turn.adapt?.({ ...node, ...moved }) : undefined;
  if (attrs) return { ...moved, attrs };
  throw unread(`${op} of opset ${opset} is not ${op} of opset ${DIALECT}: before ${turn.at} ${turn.what}`, {
    hint: `convert the model to opset ${DIALECT}`,
  });
}

function withoutAdded(node: Foreign): Foreign {
  const kept = Object.entries(node.attrs).filter(
    ([name, value]) => Object.hasOwn(node.schema.attrs, name) || added[name] !== value,
  );
  return { ...node, attrs: Object.fromEntries(kept) };
}

/** Attributes that are inputs now become constants in their place. */
function withMoved(b: Builder, { schema, inputs, attrs, kinds }: Foreign): Call {
  const kept = new Map<string, Attr>();
  const all = [...inputs];
  for (const [name, value] of Object.entries(attrs)) {
    const to = Object.hasOwn(schema.moved, name) ? schema.moved[name] : undefined;
    const at = schema.inputs.findIndex((input) => input.replace(/\?$/, "") === to);
    if (Object.hasOwn(schema.attrs, name) || at < 0) kept.set(name, value);
    else if (all[at]) throw new AppError("input", `${name} is given both as attribute and as input`);
    else all[at] = b.constant(asTensor(value, kinds[name], inputs[0]?.type.dtype ?? "f32"));
  }
  return { inputs: Array.from(all), attrs: Object.fromEntries(kept) };
}

/** Integers become an int64 vector (one integer: of length 1), a float a scalar of the first input's type. */
function asTensor(value: Attr, kind: AttrKind | undefined, dtype: DType): Tensor {
  if (value instanceof Tensor) return value;
  const numbers = (Array.isArray(value) ? value : [value]).map(Number);
  if (kind === "int" || kind === "ints") {
    return Tensor.of("i64", [numbers.length], BigInt64Array.from(numbers, clampInt64));
  }
  if (kind === "float") return Tensor.from(dtype, [], numbers.map(Math.fround));
  if (kind === "floats") return Tensor.from(dtype, [numbers.length], numbers.map(Math.fround));
  throw new AppError("input", "an attribute holds text where an input takes numbers");
}
