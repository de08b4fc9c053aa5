// The training graph of one bucket: static shapes, weights as inputs, loss and gradients as outputs.
import { gradients } from "../autodiff/index.ts";
import { must } from "../base/index.ts";
import { classOutput, portsOf } from "../engine/index.ts";
import { type Builder, type Graph, rebuild, usesOf, type Value } from "../ir/index.ts";
import { opDef, opTable } from "../ops/index.ts";
import { mergeEqual, recognise, rewrite, specialise, trainingRules } from "../passes/index.ts";
import type { Loss } from "./losses.ts";

export const LOSS = "loss";

/** A lookup whose row gradients are outputs: the engine never sees a gradient of the whole table. */
export interface LookupOutput {
  readonly table: string;
  /** Name and shape of the output that holds the rows' gradients, [..., width]. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Name of the output that holds the rows' numbers. */
  readonly indices: string;
}

export interface DropoutInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly chance: number;
}

export interface TrainingGraph {
  readonly graph: Graph;
  /** Parameters with a dense gradient output of the name `gradient of NAME`. */
  readonly dense: readonly string[];
  readonly lookups: readonly LookupOutput[];
  readonly dropouts: readonly DropoutInput[];
}

/** The model's graph with the loss of its class scores as the only output. */
export function withLoss(graph: Graph, loss: Loss): Graph {
  const scores = classOutput(portsOf(graph).outputs);
  return rebuild(graph, opTable, {
    outputs: (b, at) => {
      const logits = graph.outputs.find(({ name }) => name === scores);
      return { [LOSS]: loss(b, at(must(logits, scores).value)) };
    },
  });
}

/** Names of trainable weights that are only ever read by row lookups along axis 0. */
export function lookupTables(graph: Graph, trainable: (name: string) => boolean): ReadonlySet<string> {
  const uses = usesOf(graph);
  const tables = [...graph.weights.keys()].filter((value) => {
    if (value.name === undefined || !trainable(value.name) || value.type.shape.length !== 2) return false;
    const nodes = uses.get(value) ?? [];
    return (
      nodes.length > 0 &&
      nodes.every((node) => {
        const lookup = opDef(node.op).lookup;
        return (
          lookup !== undefined &&
          node.inputs[lookup.table] === value &&
          node.inputs[lookup.indices] !== value &&
          (node.attrs.axis ?? 0) === 0
        );
      })
    );
  });
  return new Set(tables.map(({ name }) => must(name, "name")));
}

/** Binds a loss graph's dimensions and differentiates it by the trainable weights. */
export function trainingGraph(
  loss: Graph,
  dims: Readonly<Record<string, number>>,
  trainable: (name: string) => boolean,
  tables: ReadonlySet<string>,
): TrainingGraph {
  const fixed = specialise(
    rewrite(loss, recognise),
    dims,
    ({ name }) => name !== undefined && trainable(name),
  );
  const { graph, dropouts } = replaceDropout(fixed);
  const inputs = new Map(graph.inputs.map((input) => [input.name, input]));
  const dense = [...loss.weights.keys()].flatMap(({ name }) =>
    name !== undefined && inputs.has(name) && !tables.has(name) ? [name] : [],
  );
  const found = graph.nodes.flatMap((node) => {
    const lookup = opDef(node.op).lookup;
    const table = lookup && node.inputs[lookup.table];
    const indices = lookup && node.inputs[lookup.indices];
    return table?.name !== undefined && indices && tables.has(table.name) && node.outputs[0]
      ? [{ table: table.name, output: node.outputs[0], indices }]
      : [];
  });
  const lookups = found.map(({ table, output }, i) => ({
    table,
    name: `rows ${i}`,
    shape: output.type.shape.map(Number),
    indices: `indices ${i}`,
  }));
  const wrt: readonly Value[] = [
    ...dense.map((name) => must(inputs.get(name), name)),
    ...found.map(({ output }) => output),
  ];
  const names = [...dense.map((name) => `gradient of ${name}`), ...lookups.map(({ name }) => name)];
  const also = Object.fromEntries(found.map(({ indices }, i) => [`indices ${i}`, indices]));
  const whole = gradients(graph, { loss: LOSS, wrt, nameOf: (_value, i) => must(names[i], "name"), also });
  const fast = trainingRules.reduce((one, rules) => mergeEqual(rewrite(one, rules)), whole);
  return { graph: fast, dense, lookups, dropouts };
}

/** Dropout nodes become products with a mask that is fed: seeded, and the same on every engine. */
function replaceDropout(graph: Graph): { readonly graph: Graph; readonly dropouts: readonly DropoutInput[] } {
  const dropouts: DropoutInput[] = [];
  const replaced = rebuild(graph, opTable, {
    node(b: Builder, node, inputs) {
      if (node.op !== "Dropout") return undefined;
      const data = must(inputs[0], "Dropout's data");
      const chance = (inputs[1] && b.tensor(inputs[1])?.numbers()[0]) ?? 0.5;
      if (chance === 0) return [data];
      const shape = data.type.shape.map(Number);
      const name = `dropout ${dropouts.length}`;
      dropouts.push({ name, shape, chance });
      return [b.mul(data, b.input(name, "f32", shape))];
    },
  });
  return { graph: replaced, dropouts };
}
