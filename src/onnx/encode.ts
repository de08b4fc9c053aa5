// Encoding: a model becomes the pieces of an ONNX file, large tensors as views of their own bytes.
import { defect, must } from "../base/index.ts";
import type { Graph, Model, Node, OpTable, Value } from "../ir/index.ts";
import type { DType, Tensor } from "../tensor/index.ts";
import { writeAttribute } from "./attributes.ts";
import { constantNode } from "./constants.ts";
import { type Names, nameAll } from "./names.ts";
import { DIALECT, turnBetween } from "./opsets.ts";
import type { Draft } from "./schema.ts";
import { externalTensor, tensorChunks } from "./tensors.ts";
import { valueInfo } from "./types.ts";
import { type Chunks, encode, field, joined } from "./wire.ts";

export interface EncodeOptions {
  /**
   * Puts tensors of 1 KiB and more into a data file of this name; without it everything is in the model
   * file.
   */
  readonly externalName?: string;
}

export interface EncodedModel {
  /** The model file, in pieces. */
  readonly bytes: Uint8Array[];
  /** The data file beside it. */
  readonly external?: { readonly name: string; readonly chunks: Iterable<Uint8Array> };
}

/** Tensors below this many bytes stay in the model file. */
const INLINE = 1024;
/** External tensors begin at multiples of this, so that a runtime can map them into memory. */
const PAGE = 4096;

/**
 * The ONNX file of a model: opset 18 or what its ops need, attributes typed by the op table. Named weights
 * become initializers, unnamed ones Constant nodes; an output that is an input or weight, or stands twice,
 * gets an Identity.
 */
export function encodeModel(model: Model, ops: OpTable, { externalName }: EncodeOptions = {}): EncodedModel {
  const { graph, metadata } = model;
  const names = nameAll(graph);
  const data = new DataFile(externalName);
  const opsets = opsetsOf(graph, ops);
  const header = encode("ModelProto", {
    ir_version: irVersion(opsets.get("") ?? DIALECT),
    producer_name: "minnow",
    opset_import: [...opsets].map(([domain, version]) => ({ domain, version })),
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  const weights = weightChunks(graph, names, data);
  const read = readValues(graph);
  const rest = encode("GraphProto", {
    name: "minnow",
    node: [
      ...graph.nodes.map((node) => nodeProto(node, read, names, ops)),
      ...names.copies.map(({ name, from }) => ({
        op_type: "Identity",
        input: [names.of(from)],
        output: [name],
      })),
    ],
    input: graph.inputs.map((input) => valueInfo(must(input.name, "input name"), input.type)),
    output: graph.outputs.map(({ name, value }) => valueInfo(name, value.type)),
  });
  const bytes = [...joined([header, ...field("ModelProto", "graph", [...weights, rest])])];
  if (data.tensors.length === 0 || externalName === undefined) return { bytes };
  return { bytes, external: { name: externalName, chunks: data.chunks() } };
}

/** Tensors that go into the data file, in order. */
class DataFile {
  readonly name: string | undefined;
  readonly tensors: Tensor[] = [];
  #end = 0;

  constructor(name: string | undefined) {
    this.name = name;
  }

  /** The message of a tensor that is kept here; undefined for one that stays in the model file. */
  keep(tensor: Tensor, name: string): Uint8Array | undefined {
    if (this.name === undefined || tensor.byteLength < INLINE) return undefined;
    const offset = padded(this.#end);
    this.#end = offset + tensor.byteLength;
    this.tensors.push(tensor);
    return externalTensor(tensor, name, { location: this.name, offset, length: tensor.byteLength });
  }

  *chunks(): Iterable<Uint8Array> {
    let at = 0;
    for (const tensor of this.tensors) {
      if (padded(at) > at) yield new Uint8Array(padded(at) - at);
      yield tensor.bytes;
      at = padded(at) + tensor.byteLength;
    }
  }
}

const padded = (at: number): number => Math.ceil(at / PAGE) * PAGE;

/**
 * Initializers, then Constant nodes, ahead of the nodes that read them: the order in which a file is read, so that what
 * was read is written as the same bytes.
 */
function weightChunks(graph: Graph, names: Names, data: DataFile): Chunks {
  const weights = [...graph.weights];
  const ordered = [
    ...weights.filter(([{ name }]) => name !== undefined),
    ...weights.filter(([{ name }]) => name === undefined),
  ];
  return ordered.flatMap(([value, tensor]) => {
    const name = names.of(value);
    const kept = data.keep(tensor, name);
    if (kept) return field("GraphProto", "initializer", [kept]);
    if (value.name === undefined) return field("GraphProto", "node", constantNode(name, tensor));
    return field("GraphProto", "initializer", tensorChunks(tensor, name));
  });
}

function nodeProto(node: Node, read: ReadonlySet<Value>, names: Names, ops: OpTable): Draft<"NodeProto"> {
  const { domain, type } = split(node.op);
  const schema = must(ops.schema(node.op), `the schema of ${node.op}`);
  const outputs = node.outputs.map((output, i) =>
    schema.outputs[i]?.endsWith("?") && !read.has(output) ? "" : names.of(output),
  );
  while (outputs.at(-1) === "") outputs.pop();
  return {
    op_type: type,
    ...(domain === "" ? {} : { domain }),
    ...(node.name === undefined ? {} : { name: node.name }),
    input: node.inputs.map((input) => (input ? names.of(input) : "")),
    output: outputs,
    attribute: Object.entries(node.attrs).map(([name, value]) =>
      writeAttribute(name, must(schema.attrs[name], `${node.op}'s attribute ${name}`).kind, value),
    ),
  };
}

/** Values that a node or an output reads. */
function readValues(graph: Graph): ReadonlySet<Value> {
  const read = new Set(graph.outputs.map(({ value }) => value));
  for (const node of graph.nodes) for (const input of node.inputs) if (input) read.add(input);
  return read;
}

/** "com.microsoft.Gelu" is Gelu of com.microsoft. */
function split(op: string): { readonly domain: string; readonly type: string } {
  const at = op.lastIndexOf(".");
  return { domain: at < 0 ? "" : op.slice(0, at), type: op.slice(at + 1) };
}

/** Element types that Cast, QuantizeLinear and DequantizeLinear take from opset 21 on. */
const sinceOpset21: ReadonlySet<DType> = new Set(["i4", "u4", "i16", "u16"]);

/** Opset by domain that the graph's ops and element types need; "" is ai.onnx. */
function opsetsOf(graph: Graph, ops: OpTable): ReadonlyMap<string, number> {
  const needed = new Map([["", DIALECT]]);
  const need = (domain: string, version: number): void => {
    needed.set(domain, Math.max(needed.get(domain) ?? 1, version));
  };
  for (const { op } of graph.nodes) need(split(op).domain, ops.schema(op)?.since ?? 1);
  const values = [...graph.weights.keys(), ...graph.inputs, ...graph.nodes.flatMap(({ outputs }) => outputs)];
  if (values.some(({ type }) => sinceOpset21.has(type.dtype))) need("", 21);
  const opset = needed.get("") ?? DIALECT;
  for (const { op } of graph.nodes) {
    if (turnBetween(op, Math.max(DIALECT, ops.schema(op)?.since ?? 1), opset)) {
      throw defect(`${op} means something else in opset ${opset}, which the graph needs`);
    }
  }
  return needed;
}

/** The IR version of the ONNX release that brought the opset. */
const irVersion = (opset: number): number => (opset >= 23 ? 11 : opset >= 21 ? 10 : opset >= 19 ? 9 : 8);
