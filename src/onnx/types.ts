// Element types and dimensions of graph inputs and outputs.
import { AppError, unread } from "../base/index.ts";
import { canonical, type Dim, type ValueType } from "../ir/index.ts";
import { dtypes } from "../tensor/index.ts";
import type { Draft, Message } from "./schema.ts";
import { checkRank, dtypeOf } from "./tensors.ts";
import { has, toNumber } from "./wire.ts";

/** Longest name of a dimension. */
const LETTERS = 256;

/**
 * Names for the dimensions of one file: each dim_param keeps one symbol, each unnamed dimension gets its
 * own.
 */
export class Symbols {
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** The next number for a name that several dimensions would have. */
  readonly #next = new Map<string, number>();

  /** The dimension of a dim_param: "past + new" is a sum of two symbols, as are products and differences. */
  named(param: string): Dim {
    if (param.length > LETTERS) {
      throw new AppError(
        "input",
        `a dimension has a name of ${param.length} letters; at most ${LETTERS} are read`,
      );
    }
    const text = param.trim().replace(/^\((.*)\)$/, "$1");
    if (!/^\w+(\s*[-+*]\s*\w+)*$/.test(text)) return this.#one(text);
    return canonical(text.replace(/[A-Za-z_]\w*|\d+[A-Za-z_]\w*/g, (name) => this.#one(name)));
  }

  /** A symbol for a dimension without a name. */
  unnamed(input: string, axis: number): string {
    return this.#fresh(`${input}_${axis}`);
  }

  #one(param: string): string {
    const known = this.#given.get(param);
    if (known !== undefined) return known;
    const symbol = this.#fresh(param);
    this.#given.set(param, symbol);
    return symbol;
  }

  /** A name of letters, digits and underscores that begins with no digit and no other dimension has. */
  #fresh(wish: string): string {
    const plain = wish.replace(/\W+/g, "_").replace(/^(?=\d|$)/, "d");
    let symbol = plain;
    let next = this.#next.get(plain) ?? 2;
    while (this.#taken.has(symbol)) symbol = `${plain}_${next++}`;
    this.#next.set(plain, next);
    this.#taken.add(symbol);
    return symbol;
  }
}

/** The type of a graph input; refuses one without a shape, whose rank nothing can tell. */
export function readType({ name, type }: Message<"ValueInfoProto">, symbols: Symbols): ValueType {
  const what = `the input ${name}`;
  const tensor = type?.tensor_type;
  if (!tensor) throw unread(`${what} is not a tensor; minnow reads graphs of tensors only`);
  const dtype = dtypeOf(tensor.elem_type, what);
  if (!tensor.shape) {
    throw unread(`${what} has no shape`, {
      hint: "export the model with shapes; names for dynamic dimensions are fine",
    });
  }
  checkRank(tensor.shape.dim.length, what);
  const shape = tensor.shape.dim.map((dim, axis): Dim => {
    if (has(dim, "dim_param") && has(dim, "dim_value")) {
      throw new AppError("input", `${what} has both a name and a length at axis ${axis}`);
    }
    if (dim.dim_param === "" && !has(dim, "dim_value")) return symbols.unnamed(name, axis);
    const value = dim.dim_param === "" ? toNumber(dim.dim_value) : symbols.named(dim.dim_param);
    // older exporters write -1 for a dimension that they do not know
    if (value === -1) return symbols.unnamed(name, axis);
    if (typeof value === "string" || (Number.isSafeInteger(value) && value >= 0)) return value;
    throw new AppError("input", `${what} has the dimension ${value} at axis ${axis}`);
  });
  return { dtype, shape };
}

/** The ValueInfoProto of a graph input or output. */
export const valueInfo = (name: string, { dtype, shape }: ValueType): Draft<"ValueInfoProto"> => ({
  name,
  type: { tensor_type: { elem_type: dtypes[dtype].onnx, shape: { dim: shape.map(dimension) } } },
});

function dimension(dim: Dim): Draft<"DimensionProto"> {
  if (typeof dim === "number") return { dim_value: dim };
  return dim.includes("?") ? {} : { dim_param: dim };
}
