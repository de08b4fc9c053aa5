// Sites: which weights become integers, how each node reads them, and why the others stay as they are.
import type { Refusal } from "../../base/index.ts";
import type { Graph, Node, Value } from "../../ir/index.ts";
import { type Read, readsOf } from "../../passes/index.ts";
import { dtypes, fullName, isFloat, type Tensor } from "../../tensor/index.ts";

/** A weight that becomes integers. A scale belongs to an index of its second axis, or of its first: to a row. */
export interface Site {
  /** Its name in the report. */
  readonly target: string;
  /** Whether a product reads it as it lies: a scale for each column. */
  readonly columns: boolean;
  /** Whether a product reads it the other way round, whether its rows are looked up: a scale for each row. */
  readonly transposed: boolean;
  readonly lookedUp: boolean;
}

/** How a node reads a site. */
export interface SiteRead {
  readonly weight: Value;
  readonly as: "columns" | "transposed" | "lookup";
}

export interface Sites {
  readonly sites: ReadonlyMap<Value, Site>;
  readonly reads: ReadonlyMap<Node, SiteRead>;
  /** Matrices and larger tensors that stay, each with its reason. */
  readonly refused: readonly Refusal[];
}

/** Tables below this size stay float: their conversion at run time would cost more than they save. */
const SMALL_TABLE = 1 << 16;

/**
 * Matrices whose every read is by a product, as its right operand, or by a row lookup. One that is read in several ways is
 * right in each. `only` names the targets that are wanted; all when left out.
 */
export function sitesOf(graph: Graph, tables: boolean, only?: ReadonlySet<string>): Sites {
  const sites = new Map<Value, Site>();
  const reads = new Map<Node, SiteRead>();
  const refused: Refusal[] = [];
  for (const [i, [value, own]] of [...readsOf(graph)].entries()) {
    const tensor = graph.weights.get(value);
    const target = value.name ?? `weight ${i}`;
    if (!tensor || tensor.shape.length < 2 || own.length === 0) continue;
    const why = whyNot(tensor, own, tables);
    if (why !== undefined && (value.name !== undefined || isFloat(tensor.dtype)))
      refused.push({ target, why });
    if (why !== undefined || (only && !only.has(target))) continue;
    const found = own.map((read) => ({ node: read.node, as: siteRead(read) }));
    for (const { node, as } of found) reads.set(node, { weight: value, as });
    const has = (as: SiteRead["as"]): boolean => found.some((read) => read.as === as);
    sites.set(value, {
      target,
      columns: has("columns"),
      transposed: has("transposed"),
      lookedUp: has("lookup"),
    });
  }
  return { sites, reads, refused };
}

/** A product that swaps the axes of what was swapped before reads the weight as it lies. */
function siteRead({ node, as, transposed }: Read): SiteRead["as"] {
  if (as === "lookup") return "lookup";
  return transposed === (node.attrs.transB === 1) ? "columns" : "transposed";
}

/** Why a weight stays as it is, and what to do about it; undefined for a site. */
function whyNot(tensor: Tensor, reads: readonly Read[], tables: boolean): string | undefined {
  const { dtype, shape } = tensor;
  const others = reads.find(({ as, transposed }) => as === "other" || (as === "lookup" && transposed));
  const looked = reads.some(({ as }) => as === "lookup");
  if (dtypes[dtype].bits <= 8 && dtype !== "bool")
    return `it is ${fullName(dtype)} already; give the float model that it was made from`;
  if (dtype !== "f32" && dtype !== "f16")
    return `it is ${fullName(dtype)}; convert the model to float32 first`;
  const moved = reads.find(({ through }) => through.length > 0);
  if (moved)
    return `it is read through ${moved.through.join(", ")}; fold that into the weight (onnxsim does) and try again`;
  if (shape.length > 2)
    return `it has ${shape.length} axes, a stack of matrices; only matrices, of two axes, are quantized`;
  const left = reads.find(({ as }) => as === "left");
  if (left)
    return `it is the left operand of ${left.node.op}; only right operands are quantized: export the model with its transpose on the right`;
  if (others) return `it is read by ${others.node.op}, which is no product and no row lookup`;
  if (looked && !tables) return "its rows are looked up, and tables is false";
  if (reads.every(({ as }) => as === "lookup") && tensor.byteLength < SMALL_TABLE)
    return `a table of ${tensor.byteLength} bytes: too small to pay`;
  const flat = reads.find(({ node }) => (node.inputs[0]?.type.shape.length ?? 0) < 2);
  return flat && flat.as === "right" ? `${flat.node.op} multiplies a vector by it, not a matrix` : undefined;
}
