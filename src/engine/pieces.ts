// Running a graph in pieces: only a few of its weights are with the engine at a time, so that it can be asked once for little memory.
import { must } from "../base/index.ts";
import type { Graph, Node, Value } from "../ir/index.ts";
import { opDef } from "../ops/index.ts";
import { Tensor, take } from "../tensor/index.ts";
import type { Engine } from "./engine.ts";

type Feed = Readonly<Record<string, Tensor>>;

/** Bytes of weights that a piece has, unless one weight alone has more. */
const PIECE = 1 << 23;

export interface PieceOptions {
  readonly threads: number;
  readonly pieceBytes?: number;
}

/**
 * The values of the graph for each of the feeds, in their order, run without any optimisation. Looked-up rows of large tables
 * are taken here: the engine does not see such a table.
 */
export async function runInPieces(
  engine: Engine,
  graph: Graph,
  wanted: readonly Value[],
  feeds: readonly Feed[],
  { threads, pieceBytes = PIECE }: PieceOptions,
): Promise<readonly (readonly Tensor[])[]> {
  const known = feeds.map(
    (feed) =>
      new Map(graph.inputs.map((input) => [input, must(feed[input.name ?? ""], `feed ${input.name}`)])),
  );
  const kept = new Set(wanted);
  const pieces = piecesOf(graph, pieceBytes);
  for (const [i, piece] of pieces.entries()) {
    const later = new Set(pieces.slice(i + 1).flatMap(({ nodes }) => nodes.flatMap(({ inputs }) => inputs)));
    const stays = (value: Value): boolean => kept.has(value) || later.has(value);
    if (piece.lookup) for (const values of known) lookUp(piece.lookup, graph, values);
    else await runPiece(engine, graph, piece.nodes, stays, known, threads);
    for (const values of known) for (const value of values.keys()) if (!stays(value)) values.delete(value);
  }
  return known.map((values) =>
    wanted.map((value) => values.get(value) ?? must(graph.weights.get(value), "a wanted value")),
  );
}

interface Piece {
  readonly nodes: readonly Node[];
  /** The one node, where it only takes rows of a large table. */
  readonly lookup?: Node;
}

/** The nodes in order, cut where their weights would become too many. */
function piecesOf(graph: Graph, limit: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let nodes: Node[] = [];
  let weights = new Set<Value>();
  let bytes = 0;
  const end = (): void => {
    if (nodes.length > 0) pieces.push({ nodes });
    [nodes, weights, bytes] = [[], new Set(), 0];
  };
  for (const node of graph.nodes) {
    const fresh = node.inputs.filter((input) => input && graph.weights.has(input) && !weights.has(input));
    const more = fresh.reduce(
      (sum, input) => sum + ((input && graph.weights.get(input)?.byteLength) ?? 0),
      0,
    );
    const table = more > limit / 4 && takesRows(node, graph);
    if (table || bytes + more > limit) end();
    nodes.push(node);
    bytes += more;
    for (const input of fresh) if (input) weights.add(input);
    if (table) {
      pieces.push({ nodes, lookup: node });
      nodes = [];
      end();
    }
  }
  end();
  return pieces;
}

/** Whether a node takes rows of a weight at indices that are computed. */
function takesRows(node: Node, { weights }: Graph): boolean {
  const { lookup } = opDef(node.op);
  const [table, indices] = lookup ? [node.inputs[lookup.table], node.inputs[lookup.indices]] : [];
  return (
    table !== undefined &&
    indices !== undefined &&
    weights.has(table) &&
    !weights.has(indices) &&
    node.outputs.length === 1 &&
    (node.attrs.axis ?? 0) === 0
  );
}

function lookUp(node: Node, { weights }: Graph, known: Map<Value, Tensor>): void {
  const lookup = must(opDef(node.op).lookup, "lookup");
  const table = must(weights.get(must(node.inputs[lookup.table], "table")), "table");
  const indices = must(known.get(must(node.inputs[lookup.indices], "indices")), "indices");
  const [rows = 0, ...width] = table.shape;
  const at = indices.numbers().map((row) => (row < 0 ? row + rows : row));
  const shape = [...indices.shape, ...width];
  known.set(must(node.outputs[0], "rows"), new Tensor(table.dtype, shape, take(table, 0, at).bytes));
}

async function runPiece(
  engine: Engine,
  graph: Graph,
  nodes: readonly Node[],
  stays: (value: Value) => boolean,
  known: readonly Map<Value, Tensor>[],
  threads: number,
): Promise<void> {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const outputs = [...made].filter(stays).map((value, i) => ({ name: `made ${i}`, value }));
  if (outputs.length === 0) return;
  const { inputs, graph: part } = partOf(graph, nodes, outputs, made);
  const session = await engine.compile(part, { threads, optimize: "none" });
  try {
    for (const values of known) {
      const feed = inputs.map(({ name, value }) => [name, must(values.get(value), "a value")] as const);
      const results = await session.run(Object.fromEntries(feed));
      for (const { name, value } of outputs) values.set(value, must(results[name], name));
    }
  } finally {
    await session.dispose();
  }
}

/** Some nodes as a graph of their own, whose inputs are the values that come from before. */
function partOf(graph: Graph, nodes: readonly Node[], outputs: Graph["outputs"], made: ReadonlySet<Value>) {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.filter((input) => input !== undefined)));
  const weights = new Map([...graph.weights].filter(([value]) => read.has(value)));
  const inputs = [...read]
    .filter((value) => !made.has(value) && !weights.has(value))
    .map((value, i) => ({ name: `read ${i}`, value }));
  const renamed = new Map(
    inputs.map(({ name, value }) => {
      const { dtype, shape } = value.type;
      return [value, { name, type: { dtype, shape } }] as const;
    }),
  );
  const part: Graph = {
    inputs: [...renamed.values()],
    outputs,
    nodes: nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((input) => input && (renamed.get(input) ?? input)),
    })),
    weights,
  };
  return { inputs, graph: part };
}
