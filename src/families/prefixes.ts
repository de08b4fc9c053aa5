// Prefixes that training wraps around the names of weights: those of torch.compile and of data-parallel training.
import { AppError } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";

/** What stands in front of a name, and what puts it there. */
const wrappers = [
  { part: /\b_orig_mod\./g, name: "_orig_mod.", by: "torch.compile" },
  { part: /^(module\.)+/, name: "module.", by: "data-parallel training" },
];

type Tensors = ReadonlyMap<string, Tensor>;

/**
 * The tensors by their own names, with a sentence for each prefix that was taken off; an AppError `input`
 * when two of them then have the same name.
 */
export function unwrapped(
  tensors: Tensors,
  path: string,
): { readonly tensors: Tensors; readonly said: readonly string[] } {
  const said: string[] = [];
  let names = [...tensors.keys()].map((stored) => ({ stored, name: stored }));
  for (const { part, name: prefix, by } of wrappers) {
    const bare = names.map(({ stored, name }) => ({ stored, name: name.replace(part, "") }));
    const count = bare.filter(({ name }, i) => name !== names[i]?.name).length;
    if (count === 0) continue;
    said.push(
      `${count} of ${names.length} tensors are read without "${prefix}" in their names, which ${by} puts there`,
    );
    names = bare;
  }
  const found = new Map<string, Tensor>();
  for (const { stored, name } of names) {
    const tensor = tensors.get(stored);
    if (found.has(name))
      throw new AppError(
        "input",
        `it has two tensors ${JSON.stringify(name)}, one of them as ${JSON.stringify(stored)}`,
        {
          path,
          hint: "save the model itself, not what wraps it, so that each weight is there once",
        },
      );
    if (tensor) found.set(name, tensor);
  }
  return { tensors: found, said };
}
