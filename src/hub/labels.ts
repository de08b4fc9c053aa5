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

/** Most classes of a config without names that are given some. */
const MOST = 100_000;

/** Names by index as transformers makes them up from num_labels, where a config has none; empty where it says no number. */
export function placeholders({ num_labels: count }: Readonly<Record<string, Json>>): readonly string[] {
  const whole = typeof count === "number" && Number.isInteger(count) && count > 0 && count <= MOST;
  return Array.from({ length: whole ? count : 0 }, (_, i) => `LABEL_${i}`);
}

/** Name of the file, for warnings. */
const CONFIG = "config.json";

/** What classes of the transformers library answer, by what their names end with. */
const answers: readonly (readonly [end: string, answer: string])[] = [
  ["ForTokenClassification", "a class for each token"],
  ["ForQuestionAnswering", "where an answer begins and ends"],
  ["ForMaskedLM", "a word for each token"],
  ["ForPreTraining", "words and the order of sentences"],
  ["Model", "hidden states"],
];

/** The class that `architectures` names, where it does not classify texts. */
function otherClass({ architectures }: Readonly<Record<string, Json>>): string | undefined {
  const named = Array.isArray(architectures) ? architectures.filter((one) => typeof one === "string") : [];
  if (named.some((one) => one.endsWith("ForSequenceClassification"))) return undefined;
  for (const one of named)
    for (const [end, answer] of answers)
      if (one.endsWith(end)) return `architectures is ${one}, which answers with ${answer}`;
  return undefined;
}

/** What a config's head answers where that is not one class for each text, in words; undefined where it is. */
export function otherHead(config: Readonly<Record<string, Json>>): string | undefined {
  const other = otherClass(config);
  if (other !== undefined) return other;
  const { problem_type: type, id2label, num_labels: count } = config;
  if (type === "single_label_classification") return undefined;
  if (type === "multi_label_classification")
    return 'problem_type is "multi_label_classification", several classes for each text';
  if (type === "regression") return 'problem_type is "regression", a number for each text';
  if (type !== undefined && type !== null) return `problem_type is ${JSON.stringify(type)}`;
  const classes =
    count ?? (typeof id2label === "object" && id2label !== null && Object.keys(id2label).length);
  return classes === 1
    ? "it has one label and no problem_type, so its answer is a number (regression)"
    : undefined;
}

/** What is to be known of a config's head and names: that its answers are not scored, that names contradict each other. */
export function headWarnings(config: Readonly<Record<string, Json>>): readonly string[] {
  const head = otherHead(config);
  const named = asObject(config.label2id);
  const names = config.id2label ? labelsOf(config, CONFIG) : [];
  const wrong = Object.entries(named ?? {}).find(([name, index]) => names[Number(index)] !== name);
  return [
    ...(head === undefined
      ? []
      : [`${CONFIG}: ${head}; minnow scores one class for each text, so nothing of this model is scored`]),
    ...(wrong === undefined || names.length === 0 ? [] : [contradiction(wrong, names)]),
  ];
}

function contradiction([name, index]: readonly [string, Json], names: readonly string[]): string {
  const own = names[Number(index)];
  const theirs = own === undefined ? "has no such class" : `calls that class ${JSON.stringify(own)}`;
  return `${CONFIG}: label2id gives ${JSON.stringify(name)} the index ${JSON.stringify(index)}, and id2label ${theirs}; id2label is used`;
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
