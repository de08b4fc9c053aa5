// Ports: what goes into a graph or a session and what comes out of it, by name, element type and shape.
import { AppError } from "../base/index.ts";
import type { Dim, Graph } from "../ir/index.ts";
import { type DType, isFloat } from "../tensor/index.ts";

/** An input or output; a size that is open is a name. */
export interface Port {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

export interface Ports {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** What a session of this graph takes and gives. */
export const portsOf = (graph: Graph): Ports => ({
  inputs: graph.inputs.map(({ name = "", type: { dtype, shape } }) => ({ name, dtype, shape })),
  outputs: graph.outputs.map(({ name, value: { type } }) => ({ name, dtype: type.dtype, shape: type.shape })),
});

export const portText = ({ name, dtype, shape }: Port): string => `${name} ${dtype}[${shape.join(", ")}]`;

/**
 * The output that scores classes, [items, classes]: the one called "logits", the only one of that form, or the only one
 * with so many classes. An AppError `input` that lists the outputs where none or several could be meant.
 */
export function classOutput(outputs: readonly Port[], classes?: number): string {
  const forms = outputs.filter(({ dtype, shape }) => isFloat(dtype) && shape.length === 2);
  const named = forms.find(({ name }) => name === "logits");
  if (named) return named.name;
  const fitting = forms.filter(({ shape }) => shape[1] === classes);
  const [only, ...more] = fitting.length > 0 ? fitting : forms;
  if (only && more.length === 0 && !outputs.some(({ name }) => name === "logits")) return only.name;
  throw new AppError(
    "input",
    `none of its outputs is one row of class scores for each item: ${outputs.map(portText).join("; ")}`,
    { hint: 'export the model with its classifier, whose scores are an output "logits" [batch, classes]' },
  );
}
