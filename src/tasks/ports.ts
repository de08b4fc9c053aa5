// Feeds for a session's ports: what a task collates, under the names, element types and fixed sizes that a model has.
import { AppError } from "../base/index.ts";
import { classOutput, type Port, type Ports, portText } from "../engine/index.ts";
import { Tensor } from "../tensor/index.ts";
import { bucketOf } from "./batches.ts";
import type { Item, Task } from "./define.ts";

/** What a text model's inputs are called: by transformers, and elsewhere (TF Hub, Keras, tf2onnx). */
export const textRoles: Task["roles"] = {
  input_ids: ["input_word_ids", "word_ids", "token_ids", "input_tokens", "tokens", "ids"],
  attention_mask: ["input_mask", "attn_mask", "mask"],
  token_type_ids: [
    "segment_ids",
    "input_type_ids",
    "type_ids",
    "token_types",
    "input_segment_ids",
    "segments",
  ],
};

/** A name without what exporters put around it: "serving_default_input-ids:0" is "inputids". */
const plain = (name: string): string =>
  name
    .replace(/^serving_default_/, "")
    .replace(/:\d+$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");

/** The task's name of each input; an AppError `input` that lists them where the task has none for one. */
export function rolesOf({ roles }: Pick<Task, "roles">, inputs: readonly Port[]): ReadonlyMap<Port, string> {
  const found = new Map<Port, string>();
  for (const port of inputs) {
    const named = Object.entries(roles).find(([role, others]) =>
      [role, ...others].some((one) => plain(one) === plain(port.name)),
    );
    const role = named?.[0];
    if (role === undefined || [...found.values()].includes(role) || port.shape.length !== 2) {
      const list = inputs.map(portText).join("; ");
      const given = Object.keys(roles).join(", ");
      throw new AppError(
        "input",
        `the task gives ${given}, each [items, tokens]; that does not fit ${port.name} of its inputs ${list}`,
        { hint: `export the model with inputs of these names: ${given}` },
      );
    }
    found.set(port, role);
  }
  return found;
}

/** Sizes that a model's inputs fix: items of a call, and tokens of an item. */
export interface FixedSizes {
  readonly rows: number | undefined;
  readonly length: number | undefined;
}

/** The sizes that are the same for every call of a model that this task feeds. */
export function fixedSizes(task: Pick<Task, "roles">, inputs: readonly Port[]): FixedSizes {
  const ports = [...rolesOf(task, inputs).keys()];
  const [rows, length] = [0, 1].map((axis) => {
    const fixed = new Set(ports.map(({ shape }) => shape[axis]).filter((dim) => typeof dim === "number"));
    if (fixed.size <= 1) return [...fixed][0];
    throw new AppError("input", `its inputs are of different fixed sizes: ${ports.map(portText).join("; ")}`);
  });
  return { rows, length };
}

/** The sizes that the inputs of a text model fix; none where the inputs are others. */
export function fixedText(inputs: readonly Port[]): FixedSizes {
  try {
    return fixedSizes({ roles: textRoles }, inputs);
  } catch {
    return { rows: undefined, length: undefined };
  }
}

/** True where padding is told from text: the model takes the mask. */
export const takesMask = (task: Pick<Task, "roles">, inputs: readonly Port[]): boolean =>
  [...rolesOf(task, inputs).values()].includes("attention_mask");

/** Lengths that batches are padded to when a graph is compiled for each: the model's fixed one, or few kinds. */
export function paddedLengths(
  task: Pick<Task, "roles">,
  inputs: readonly Port[],
): (longest: number) => number {
  const { length } = fixedSizes(task, inputs);
  return length === undefined ? bucketOf : () => length;
}

/** Feeds of the items: padded to `length` tokens and `rows` rows, or to the sizes that the model fixes. */
export function feedsFor(
  task: Pick<Task, "roles" | "collate">,
  items: readonly Item[],
  { rows, length }: { readonly rows: number; readonly length: number },
  inputs: readonly Port[],
): Readonly<Record<string, Tensor>> {
  const fixed = fixedSizes(task, inputs);
  if (fixed.rows !== undefined && items.length > fixed.rows) {
    throw new AppError("input", `its inputs take ${fixed.rows} items at a time, not ${items.length}`);
  }
  const longest = Math.max(0, ...items.map((item) => item.length));
  if (fixed.length !== undefined && longest > fixed.length) {
    throw new AppError("input", `its inputs take ${fixed.length} tokens, an item has ${longest}`);
  }
  const collated = task.collate(items, fixed.length ?? length, fixed.rows ?? rows);
  return Object.fromEntries(
    [...rolesOf(task, inputs)].flatMap(([{ name, dtype }, role]) => {
      const tensor = collated[role];
      if (!tensor) return [];
      return [[name, tensor.dtype === dtype ? tensor : Tensor.from(dtype, tensor.shape, tensor.numbers())]];
    }),
  );
}

/** Throws an AppError `input` where the task cannot feed a model, or cannot read its answers. */
export function checkPorts(task: Pick<Task, "roles">, { inputs, outputs }: Ports, classes: number): void {
  fixedSizes(task, inputs);
  classOutput(outputs, classes === 0 ? undefined : classes);
}

/** What a user is to know of a text model's inputs: other names, fixed sizes, no mask. Empty where no text fits them. */
export function portWarnings(task: Pick<Task, "roles">, inputs: readonly Port[]): readonly string[] {
  let roles: ReadonlyMap<Port, string>;
  try {
    roles = rolesOf(task, inputs);
  } catch {
    return [];
  }
  const { rows, length } = fixedSizes(task, inputs);
  const others = [...roles].filter(([{ name }, role]) => name !== role);
  const renamed = others.map(([{ name }, role]) => `${name} is fed as ${role}`).join(", ");
  const items = rows === undefined ? "" : `${rows} ${rows === 1 ? "item" : "items"}`;
  const tokens = length === undefined ? "" : `${length} tokens`;
  const sizes = [items, tokens].filter((one) => one !== "").join(" of ");
  return [
    ...(others.length > 0 ? [`its inputs have other names: ${renamed}`] : []),
    ...(sizes === "" ? [] : [`its inputs are fixed to ${sizes}: shorter texts are padded, longer ones cut`]),
    ...(length !== undefined && !takesMask(task, inputs)
      ? ["its inputs are fixed in length and it takes no mask: it reads padding as text"]
      : []),
  ];
}
