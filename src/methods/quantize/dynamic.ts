// quantize.dynamic: int8 weights per channel, uint8 activations measured at run time, int8 lookup tables; standard ONNX ops only.
import { z } from "zod";
import { type Change, must, type Refusal } from "../../base/index.ts";
import type { LoadedModel } from "../../families/index.ts";
import { type Builder, type Graph, type Node, rebuild, usesOf, type Value } from "../../ir/index.ts";
import { Arena } from "../../kernels/index.ts";
import { opDef, opTable } from "../../ops/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { defineMethod } from "../define.ts";
import { quantizeColumns, quantizeTable } from "./int8.ts";

const params = z.strictObject({
  bits: z.literal(8).default(8).describe("width of the weights"),
  tables: z.boolean().default(true).describe("quantize lookup tables (embeddings) too"),
});

/** Tables below this size stay float: their conversion at run time would cost more than they save. */
const SMALL_TABLE = 1 << 16;

export const dynamic = defineMethod({
  verb: "quantize",
  kind: "dynamic",
  describe: "int8 weights and tables, activations quantized at run time; needs no data",
  params,
  learns: () => false,
  writes: "onnx/model_quantized.onnx",
  requires: ({ model }) =>
    plan(model.graph, true).size === 0
      ? [{ target: "model", why: "it has no float matrix that is multiplied" }]
      : [],
  async apply(model, { tables }) {
    const sites = plan(model.model.graph, tables);
    const { graph, changes } = quantize(model.model.graph, sites);
    return {
      model: { ...model, model: { ...model.model, graph } },
      changes,
      refused: refusals(model, sites),
    };
  },
  only({ model }, changes) {
    const chosen = new Set(changes.map(({ target }) => target));
    const sites = [...plan(model.graph, true)].filter(([, { target }]) => chosen.has(target));
    return quantize(model.graph, new Map(sites)).graph;
  },
  rewrite: ({ model }, applied) => ({
    made: applied.model.model.graph,
    expected: model.graph,
    against: "the model before it",
    alike: "int8",
  }),
  outline(model, { tables }) {
    const sites = plan(model.model.graph, tables);
    const of = (oneScale: boolean): LoadedModel => ({
      ...model,
      model: { ...model.model, graph: quantize(model.model.graph, sites, oneScale).graph },
    });
    if (![...sites.values()].some(({ read }) => read === "table")) return { model: of(true) };
    return { model: of(true), largest: { model: of(false), when: "the rows of its tables are not alike" } };
  },
});

/** How a weight is read, and its name in the report. */
interface Site {
  readonly read: "product" | "table";
  readonly target: string;
}

/** What is quantized: float weights all of whose uses are products (as the right matrix) or row lookups. */
function plan(graph: Graph, tables: boolean): ReadonlyMap<Value, Site> {
  const uses = usesOf(graph);
  const sites = new Map<Value, Site>();
  for (const [i, [value, tensor]] of [...graph.weights].entries()) {
    const users = uses.get(value) ?? [];
    if (tensor.dtype !== "f32" || tensor.shape.length !== 2 || users.length === 0) continue;
    const add = (read: Site["read"]): void =>
      void sites.set(value, { read, target: value.name ?? `weight ${i}` });
    if (users.every((node) => rightMatrix(node) === value)) add("product");
    else if (tables && tensor.byteLength >= SMALL_TABLE && users.every((node) => looksUp(node, value)))
      add("table");
  }
  return sites;
}

/** The right operand of a node that multiplies matrices as MatMul or Gemm do; undefined for other nodes. */
const rightMatrix = (node: Node): Value | undefined => (opDef(node.op).product ? node.inputs[1] : undefined);

const looksUp = (node: Node, value: Value): boolean => {
  const lookup = opDef(node.op).lookup;
  return lookup !== undefined && node.inputs[lookup.table] === value && (node.attrs.axis ?? 0) === 0;
};

function quantize(
  graph: Graph,
  sites: ReadonlyMap<Value, Site>,
  oneScale?: boolean,
): { readonly graph: Graph; readonly changes: readonly Change[] } {
  const made: Made = { changes: [], weights: new Map(), arena: new Arena(), oneScale };
  const quantized = rebuild(graph, opTable, {
    node(b, node, inputs) {
      const lookup = opDef(node.op).lookup;
      const weight = rightMatrix(node) ?? (lookup && node.inputs[lookup.table]);
      const site = weight && sites.get(weight);
      if (!site) return undefined;
      const tensor = must(graph.weights.get(weight), "weight");
      if (site.read === "table") return [lookUp(b, node, inputs, weight, tensor, site, made)];
      const parts =
        made.weights.get(weight) ?? addMatrix(b, weight, tensor, node.attrs.transB === 1, site, made);
      return [productOf(b, node, inputs, parts)];
    },
  });
  return { graph: quantized, changes: made.changes };
}

/** Integers and scales in the place of a float weight. */
interface Parts {
  readonly values: Value;
  readonly scales: Value;
}

/** What has been quantized so far, and the memory it is done in. */
interface Made {
  readonly changes: Change[];
  readonly weights: Map<Value, Parts>;
  readonly arena: Arena;
  /** Whether the rows of a table share a scale; undefined: its values decide. */
  readonly oneScale: boolean | undefined;
}

function addMatrix(
  b: Builder,
  value: Value,
  tensor: Tensor,
  transposed: boolean,
  { target }: Site,
  { changes, weights, arena }: Made,
): Parts {
  const { values, scales, widened } = quantizeColumns(tensor, transposed, arena);
  const wider = widened > 0 ? `; ${widened} channels scaled wider so that no runtime saturates` : "";
  changes.push({ target, what: `int8, ${scales.size} channels${wider}` });
  return addParts(b, value, values, scales, weights);
}

/** Integers and scales as weights, named after the one whose place they take. */
function addParts(b: Builder, of: Value, values: Tensor, scales: Tensor, weights: Made["weights"]): Parts {
  const parts = {
    values: b.weight(of.name && `${of.name}_quantized`, values),
    scales: b.weight(of.name && `${of.name}_scale`, scales),
  };
  weights.set(of, parts);
  return parts;
}

/** Float result of u8(A) x s8(B): the pattern that ONNX Runtime fuses into one kernel. */
function productOf(
  b: Builder,
  node: Node,
  inputs: readonly (Value | undefined)[],
  { values, scales }: Parts,
): Value {
  const left = must(inputs[0], "left matrix");
  const a = node.attrs.transA === 1 ? b.transpose(left, [1, 0]) : left;
  const [quantized, scale, zeroPoint] = b.opN("DynamicQuantizeLinear", [a]);
  const sums = b.op("MatMulInteger", [quantized, values, zeroPoint], {}, node.name);
  const alpha = Number(node.attrs.alpha ?? 1);
  const factor = b.scale(b.mul(must(scale, "scale"), scales), alpha);
  const result = b.mul(b.cast(sums, "f32"), factor);
  const bias = inputs[2];
  return bias ? b.add(result, b.scale(bias, Number(node.attrs.beta ?? 1))) : result;
}

function lookUp(
  b: Builder,
  node: Node,
  inputs: readonly (Value | undefined)[],
  table: Value,
  tensor: Tensor,
  { target }: Site,
  { changes, weights, arena, oneScale }: Made,
): Value {
  const lookup = must(opDef(node.op).lookup, "lookup");
  let parts = weights.get(table);
  if (!parts) {
    const { values, scales } = quantizeTable(tensor, arena, oneScale);
    parts = addParts(b, table, values, scales, weights);
    changes.push({
      target,
      what: `int8, ${scales.size === 1 ? "one scale" : `one scale for each of ${scales.size} rows`}`,
    });
  }
  const indices = must(inputs[lookup.indices], "indices");
  const scales = parts.scales.type.shape.length === 1 ? parts.scales : b.gather(parts.scales, indices);
  return b.mul(b.cast(b.gather(parts.values, indices), "f32"), scales);
}

function refusals({ model }: LoadedModel, sites: ReadonlyMap<Value, Site>): readonly Refusal[] {
  const uses = usesOf(model.graph);
  return [...model.graph.weights].flatMap(([value, tensor]): Refusal[] => {
    if (value.name === undefined || sites.has(value) || tensor.dtype !== "f32" || tensor.shape.length < 2)
      return [];
    const users = uses.get(value) ?? [];
    const small = users.every((node) => looksUp(node, value)) && tensor.byteLength < SMALL_TABLE;
    const ops = [...new Set(users.map(({ op }) => op))].join(", ");
    return [
      {
        target: value.name,
        why: small
          ? `a table of ${tensor.byteLength} bytes: too small to pay`
          : `it is read by ${ops}, not as the right matrix of a product`,
      },
    ];
  });
}
