// What ops a file has: counted without building a graph, and those that minnow does not know, named all at
// once.
import { AppError, unread } from "../base/index.ts";
import type { OpTable } from "../ir/index.ts";
import { adviceFor } from "./advice.ts";
import { located, modelBytes, parseModel } from "./parse.ts";
import type { Message } from "./schema.ts";
import { decode, toNumber } from "./wire.ts";

type GraphProto = Message<"GraphProto">;
type NodeProto = Message<"NodeProto">;

/** What an ONNX file says of itself. */
export interface Inspection {
  readonly producer: string;
  readonly irVersion: number;
  /** Opset version by domain; ai.onnx is "ai.onnx". */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly initializers: number;
  /** Nodes by op, those of nested graphs included, most frequent first. */
  readonly ops: ReadonlyMap<string, number>;
}

/**
 * What is in an ONNX file, also in one with ops that minnow does not know; an AppError `input` if it is not
 * ONNX.
 */
export async function inspectProto(path: string): Promise<Inspection> {
  const { model, graph } = parseModel(await modelBytes(path), path);
  const counts = new Map<string, number>();
  located(path, () => count(graph, counts));
  const weights = new Set(graph.initializer.map(({ name }) => name));
  return {
    producer: [model.producer_name, model.producer_version].filter((part) => part !== "").join(" "),
    irVersion: toNumber(model.ir_version),
    opsets: Object.fromEntries(
      model.opset_import.map(({ domain, version }) => [
        domain === "" ? "ai.onnx" : domain,
        toNumber(version),
      ]),
    ),
    inputs: graph.input.map(({ name }) => name).filter((name) => !weights.has(name)),
    outputs: graph.output.map(({ name }) => name),
    initializers: graph.initializer.length,
    ops: new Map([...counts].sort(([, a], [, b]) => b - a)),
  };
}

/** Nesting allowed for graphs within graphs, as for every protobuf message. */
const DEPTH = 100;

/** Adds the nodes of a graph and of those nested in it to the counts. */
export function count(graph: GraphProto, counts: Map<string, number>, depth = 0): void {
  for (const node of graph.node) {
    counts.set(opOf(node), (counts.get(opOf(node)) ?? 0) + 1);
    const nested = node.attribute.flatMap(({ g, graphs }) => (g.byteLength > 0 ? [g, ...graphs] : graphs));
    if (nested.length > 0 && depth >= DEPTH)
      throw new AppError("input", `its graphs are nested more than ${DEPTH} deep`);
    for (const bytes of nested) count(nestedGraph(bytes, node), counts, depth + 1);
  }
}

function nestedGraph(bytes: Uint8Array, node: NodeProto): GraphProto {
  try {
    return decode("GraphProto", bytes);
  } catch (cause) {
    throw new AppError("input", `${titleOf(node)} has a graph that is no protobuf message`, { cause });
  }
}

/** The type of a node as the IR writes it: "Add", "com.microsoft.Gelu". */
export const opOf = ({ op_type, domain }: { readonly op_type: string; readonly domain: string }): string =>
  domain === "" || domain === "ai.onnx" ? op_type : `${domain}.${op_type}`;

/** A node as errors name it. */
export const titleOf = (node: NodeProto): string =>
  node.name === ""
    ? `the ${opOf(node)} that makes ${node.output[0] ?? "nothing"}`
    : `node ${node.name} (${opOf(node)})`;

/** The ops that a file defines itself, as functions. */
export const ownOps = (functions: readonly Message<"FunctionProto">[]): ReadonlySet<string> =>
  new Set(functions.map(({ name, domain }) => opOf({ op_type: name, domain })));

/** True for an op that minnow reads: one of the table that the file does not define otherwise. */
export const isKnown = (op: string, own: ReadonlySet<string>, ops: OpTable): boolean =>
  op === "Constant" || (ops.schema(op) !== undefined && !own.has(op));

/** Throws an AppError `input` that names every op of the graph that the table does not have. */
export function refuseUnknownOps(
  { node }: GraphProto,
  functions: readonly Message<"FunctionProto">[],
  ops: OpTable,
): void {
  const own = ownOps(functions);
  const unknown = new Map<string, NodeProto[]>();
  for (const one of node) {
    const op = opOf(one);
    if (isKnown(op, own, ops)) continue;
    const others = unknown.get(op);
    if (others) others.push(one);
    else unknown.set(op, [one]);
  }
  if (unknown.size === 0) return;
  const list = [...unknown].map(([op, nodes]) => {
    const first = nodes[0]?.name ? `${nodes.length > 1 ? "first " : ""}node ${nodes[0].name}` : "";
    const details = [
      nodes.length > 1 ? `${nodes.length} times` : "",
      first,
      own.has(op) ? "a function of the model" : "",
    ];
    const said = details.filter((detail) => detail !== "").join(", ");
    return said === "" ? op : `${op} (${said})`;
  });
  const what = unknown.size === 1 ? "an op that is not known" : `${unknown.size} ops that are not known`;
  throw unread(`it has ${what}: ${list.join(", ")}`, {
    facts: { unknownOps: Object.fromEntries([...unknown].map(([op, nodes]) => [op, nodes.length])) },
    hint: adviceFor([...unknown.keys()], own),
  });
}
