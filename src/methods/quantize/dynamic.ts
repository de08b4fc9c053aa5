// quantize.dynamic: int8 weights per channel, uint8 activations measured at run time, int8 lookup tables; standard ONNX ops only.
import { z } from "zod";
import { type Change, must } from "../../base/index.ts";
import type { Bundle } from "../../families/index.ts";
import { type Builder, type Graph, type Node, rebuild, type Value } from "../../ir/index.ts";
import { Arena } from "../../kernels/index.ts";
import { opDef, opTable } from "../../ops/index.ts";
import { type Tensor, transposed } from "../../tensor/index.ts";
import { defineMethod } from "../define.ts";
import { nothingToDo } from "../reasons.ts";
import { type Int8Matrix, quantizeColumns, quantizeTable } from "./int8.ts";
import { type Site, type SiteRead, type Sites, sitesOf } from "./sites.ts";

const params = z.strictObject({
  bits: z.literal(8).default(8).describe("width of the weights"),
  tables: z.boolean().default(true).describe("quantize lookup tables (embeddings) too"),
});

export const dynamic = defineMethod({
  verb: "quantize",
  kind: "dynamic",
  describe: "int8 weights and tables, activations quantized at run time; needs no data",
  params,
  learns: () => false,
  writes: "onnx/model_quantized.onnx",
  requires({ model: { graph } }, { tables }) {
    const { sites, refused } = sitesOf(graph, tables);
    return sites.size === 0 ? [{ target: "model", why: nothingToDo(graph, refused, "quantized") }] : [];
  },
  async apply(model, { tables }) {
    const found = sitesOf(model.model.graph, tables);
    const { graph, changes } = quantize(model.model.graph, found);
    const refused = found.refused.filter(({ target }) => !target.startsWith("weight "));
    return { model: { ...model, model: { ...model.model, graph } }, changes, refused };
  },
  only({ model: { graph } }, changes) {
    const chosen = new Set(changes.map(({ target }) => target));
    return quantize(graph, sitesOf(graph, true, chosen)).graph;
  },
  rewrite: ({ model }, applied) => ({
    made: applied.model.model.graph,
    expected: model.graph,
    against: "the model before it",
    alike: "int8",
  }),
  outline(model, { tables }) {
    const found = sitesOf(model.model.graph, tables);
    const of = (oneScale: boolean): Bundle => ({
      ...model,
      model: { ...model.model, graph: quantize(model.model.graph, found, oneScale).graph },
    });
    const alone = [...found.sites.values()].some(({ lookedUp, transposed }) => lookedUp && !transposed);
    if (!alone) return { model: of(true) };
    return { model: of(true), largest: { model: of(false), when: "the rows of its tables are not alike" } };
  },
});

function quantize(
  graph: Graph,
  { sites, reads }: Sites,
  oneScale?: boolean,
): { readonly graph: Graph; readonly changes: readonly Change[] } {
  const made: Made = { changes: [], parts: new Map(), arena: new Arena(), oneScale };
  const quantized = rebuild(graph, opTable, {
    node(b, node, inputs) {
      const read = reads.get(node);
      if (!read) return undefined;
      const site = must(sites.get(read.weight), "site");
      const tensor = must(graph.weights.get(read.weight), "weight");
      const parts = partsOf(b, read, site, tensor, made);
      const result =
        read.as === "lookup" ? lookUp(b, node, inputs, parts) : productOf(b, node, inputs, parts);
      return [b.cast(result, tensor.dtype)];
    },
  });
  return { graph: quantized, changes: made.changes };
}

/** Integers and scales in the place of a float weight. */
interface Parts {
  /** As a product takes them: [rows, columns], and one for each column. */
  readonly matrix?: { readonly values: Value; readonly scales: Value };
  /** As rows are looked up: one scale for all, or one for each row. */
  readonly table?: { readonly values: Value; readonly scales: Value };
}

/** What has been quantized so far, and the memory it is done in. */
interface Made {
  readonly changes: Change[];
  /** By weight: as it lies with a scale for each column, and with a scale for each row. */
  readonly parts: Map<Value, { columns?: Parts; rows?: Parts }>;
  readonly arena: Arena;
  /** Whether the rows of a table share a scale; undefined: its values decide. */
  readonly oneScale: boolean | undefined;
}

/** The integers that a read needs: those with a scale for each column are others than those with one for each row. */
function partsOf(b: Builder, { weight, as }: SiteRead, site: Site, tensor: Tensor, made: Made): Parts {
  const found = made.parts.get(weight) ?? {};
  made.parts.set(weight, found);
  // the first of two sets has the plain name
  const name = weight.name && (as !== "columns" && site.columns ? `${weight.name}_rows` : weight.name);
  if (as === "columns") found.columns ??= addColumns(b, name, tensor, site, made);
  else
    found.rows ??= site.transposed
      ? addRows(b, name, tensor, site, made)
      : addTable(b, name, tensor, site, made);
  return must(as === "columns" ? found.columns : found.rows, "parts");
}

/** One scale for each column, for products that read the weight as it lies. */
function addColumns(b: Builder, name: string | undefined, tensor: Tensor, site: Site, made: Made): Parts {
  const columns = quantizeColumns(tensor, false, made.arena);
  tell(made, site, columns);
  return { matrix: addWeights(b, name, columns.values, columns.scales) };
}

/**
 * One scale for each row, for products that read the weight the other way round: the integers are written as they read
 * them, unless rows are looked up too, which then share them.
 */
function addRows(b: Builder, name: string | undefined, tensor: Tensor, site: Site, made: Made): Parts {
  const rows = quantizeColumns(tensor, true, made.arena);
  tell(made, site, rows);
  if (!site.lookedUp) return { matrix: addWeights(b, name, rows.values, rows.scales) };
  const table = addWeights(b, name, transposed(rows.values), rows.scales.reshape([rows.scales.size, 1]));
  const matrix = { values: b.transpose(table.values, [1, 0]), scales: b.reshape(table.scales, [-1]) };
  return { table, matrix };
}

/** A table that no product reads. */
function addTable(b: Builder, name: string | undefined, tensor: Tensor, site: Site, made: Made): Parts {
  const { values, scales } = quantizeTable(tensor, made.arena, made.oneScale);
  const what = scales.size === 1 ? "one scale" : `one scale for each of ${scales.size} rows`;
  made.changes.push({ target: site.target, what: `int8, ${what}` });
  return { table: addWeights(b, name, values, scales) };
}

function tell({ changes }: Made, { target }: Site, { scales, widened }: Int8Matrix): void {
  const wider = widened > 0 ? `; ${widened} channels scaled wider so that no runtime saturates` : "";
  changes.push({ target, what: `int8, ${scales.size} channels${wider}` });
}

/** Integers and scales as weights, named after the one whose place they take. */
const addWeights = (b: Builder, name: string | undefined, values: Tensor, scales: Tensor) => ({
  values: b.weight(name && `${name}_quantized`, values),
  scales: b.weight(name && `${name}_scale`, scales),
});

/** Float result of u8(A) x s8(B): the pattern that ONNX Runtime fuses into one kernel. */
function productOf(b: Builder, node: Node, inputs: readonly (Value | undefined)[], { matrix }: Parts): Value {
  const { values, scales } = must(matrix, "matrix");
  const left = b.cast(must(inputs[0], "left matrix"), "f32");
  const a = node.attrs.transA === 1 ? b.transpose(left, [1, 0]) : left;
  const [quantized, scale, zeroPoint] = b.opN("DynamicQuantizeLinear", [a]);
  const sums = b.op("MatMulInteger", [quantized, values, zeroPoint], {}, node.name);
  const alpha = Number(node.attrs.alpha ?? 1);
  const factor = b.scale(b.mul(must(scale, "scale"), scales), alpha);
  const result = b.mul(b.cast(sums, "f32"), factor);
  const bias = inputs[2];
  return bias ? b.add(result, b.scale(b.cast(bias, "f32"), Number(node.attrs.beta ?? 1))) : result;
}

function lookUp(b: Builder, node: Node, inputs: readonly (Value | undefined)[], { table }: Parts): Value {
  const { values, scales } = must(table, "table");
  const indices = must(inputs[must(opDef(node.op).lookup, "lookup").indices], "indices");
  const own = scales.type.shape.length === 1 ? scales : b.gather(scales, indices);
  return b.mul(b.cast(b.gather(values, indices), "f32"), own);
}
