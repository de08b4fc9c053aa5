// The order of nodes: a file may list them in any, a graph has each after those that it reads from.
import { AppError } from "../base/index.ts";
import { titleOf } from "./census.ts";
import type { Message } from "./schema.ts";

type NodeProto = Message<"NodeProto">;

/** A node whose makers are being put in front of it, and how many of its inputs were looked at. */
interface Open {
  readonly node: NodeProto;
  next: number;
}

/**
 * The nodes in execution order: each where the file has it, but after the nodes that make what it reads. An AppError
 * `input` names the nodes of a cycle.
 */
export function inOrder(nodes: readonly NodeProto[]): readonly NodeProto[] {
  const makers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  makers.delete("");
  const ordered = new Set<NodeProto>();
  const path: Open[] = [];
  const waiting = new Set<NodeProto>();
  for (const first of nodes) {
    if (ordered.has(first)) continue;
    path.push({ node: first, next: 0 });
    waiting.add(first);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const maker = top.next < top.node.input.length ? makers.get(top.node.input[top.next] ?? "") : undefined;
      if (top.next++ >= top.node.input.length) {
        path.pop();
        waiting.delete(top.node);
        ordered.add(top.node);
      } else if (maker && !ordered.has(maker)) {
        if (waiting.has(maker)) throw cycle(path, maker);
        path.push({ node: maker, next: 0 });
        waiting.add(maker);
      }
    }
  }
  return [...ordered];
}

/** Nodes of a cycle that a message names. */
const NAMED = 8;

function cycle(path: readonly Open[], closing: NodeProto): AppError {
  const around = path.slice(path.findIndex(({ node }) => node === closing)).map(({ node }) => titleOf(node));
  const more = around.length > NAMED ? ` and ${around.length - NAMED} more` : "";
  const list = `${around.slice(0, NAMED).join(", ")}${more}`;
  return new AppError(
    "input",
    around.length === 1
      ? `${list} reads what it makes itself`
      : `its nodes read from each other in a circle: ${list}`,
  );
}
