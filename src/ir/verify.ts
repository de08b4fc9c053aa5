// The verifier: what must hold of every graph, checked after each pass and on each file that was read.
import { AppError } from "../base/index.ts";
import type { Graph, Value } from "./graph.ts";

/** Throws when a value is read before it is made, or made or named twice; `where` is a pass or file. */
export function verify(graph: Graph, where: string): Graph {
  const fail = (message: string): never => {
    throw new AppError("internal", `the graph is not valid: ${message}`, { path: where });
  };
  const made = new Set<Value>();
  const names = new Set<string>();
  const define = (value: Value): void => {
    if (made.has(value)) fail(`${value.name ?? "a value"} is made twice`);
    made.add(value);
    if (value.name === undefined) return;
    if (names.has(value.name)) fail(`the name ${value.name} stands twice`);
    names.add(value.name);
  };
  for (const input of graph.inputs) {
    if (input.name === undefined) fail("an input has no name");
    define(input);
  }
  for (const [value, tensor] of graph.weights) {
    define(value);
    const same = tensor.dtype === value.type.dtype && tensor.shape.join() === value.type.shape.join();
    if (!same)
      fail(`weight ${value.name ?? ""} is ${tensor.dtype}[${tensor.shape}], its value says otherwise`);
  }
  for (const node of graph.nodes) {
    for (const input of node.inputs)
      if (input && !made.has(input)) fail(`${node.op} reads a value that nothing has made`);
    for (const output of node.outputs) define(output);
  }
  for (const { name, value } of graph.outputs) if (!made.has(value)) fail(`output ${name} is never made`);
  return graph;
}
