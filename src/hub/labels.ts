// Class names of a config: id2label in the order of its numbers, else label2id turned round.
import { AppError, asObject, type Json } from "../base/index.ts";

/**
 * Class names by index, empty when the config has none; an AppError `input` when the indices are not
 * 0, 1, 2 ...
 */
export function labelsOf(config: Readonly<Record<string, Json>>, path: string): readonly string[] {
  const { id2label, label2id } = config;
  if (id2label !== undefined && id2label !== null) return ordered("id2label", toNames(id2label, path), path);
  if (label2id !== undefined && label2id !== null)
    return ordered("label2id", toIndices(label2id, path), path);
  return [];
}

type Pair = readonly [index: unknown, name: string];

function toNames(value: Json, path: string): readonly Pair[] {
  const pairs = Array.isArray(value) ? value.entries() : Object.entries(asObject(value) ?? { "": null });
  return Array.from(pairs, ([key, name]: readonly [string | number, Json]): Pair => {
    if (typeof name !== "string" && typeof name !== "number") {
      throw new AppError(
        "input",
        `id2label must map numbers to names, not ${JSON.stringify(key)} to ${JSON.stringify(name)}`,
        { path },
      );
    }
    return [/^\d+$/.test(String(key)) ? Number(key) : key, String(name)];
  });
}

const toIndices = (value: Json, path: string): readonly Pair[] => {
  const object = asObject(value);
  if (!object) throw new AppError("input", "label2id must be an object", { path });
  return Object.entries(object).map(([name, index]) => [index, name]);
};

function ordered(key: string, pairs: readonly Pair[], path: string): readonly string[] {
  const names = new Map(pairs);
  return Array.from({ length: pairs.length }, (_, index) => {
    const name = names.get(index);
    if (name === undefined) {
      throw new AppError("input", `${key} has ${pairs.length} classes but none with the number ${index}`, {
        path,
      });
    }
    return name;
  });
}
