// Text classification: one text, one of the model's classes.
import { z } from "zod";
import { AppError, busy, hash, type Json } from "../base/index.ts";
import { otherHead, placeholders } from "../hub/index.ts";
import { Tensor } from "../tensor/index.ts";
import { findColumns, missing } from "./columns.ts";
import {
  type Dataset,
  defineTask,
  type Item,
  type LoadContext,
  type Variant,
  type VariantContext,
} from "./define.ts";
import { readLabels } from "./labels.ts";
import { accuracy, classMetrics, macroF1 } from "./metrics.ts";
import { pause } from "./pause.ts";
import { textRoles } from "./ports.ts";
import { isList, namesOf, type Row, valueAt } from "./rows.ts";
import { shown } from "./shown.ts";
import { readSource, type Source } from "./source.ts";
import { tokenWarnings } from "./tokens.ts";
import { textVariants } from "./variants.ts";

const params = z.strictObject({
  text: z
    .string()
    .min(1)
    .optional()
    .describe("column (or key, a.b for one inside another) of the text; found in the rows when left out"),
  label: z
    .string()
    .min(1)
    .optional()
    .describe("column (or key) of the class, by name or by index; found in the rows when left out"),
});
type Params = z.infer<typeof params>;

export const textClassification = defineTask({
  name: "text-classification",
  params,
  load,
  roles: textRoles,
  collate,
  metrics: [accuracy, macroF1],
  measures: Object.values(classMetrics),
  variants,
});

async function load(path: string, named: Params, context: LoadContext): Promise<Dataset> {
  const { labelled, signal } = context;
  refuseHead(context);
  const labels = context.labels.length > 0 ? context.labels : placeholders(context.config);
  const source = await readSource(path, context.folder, { labels, labelled, signal });
  const found = await findColumns(source, labels, named, labelled);
  const { text, label } = found?.columns ?? { text: undefined, label: undefined };
  const values = source.rows.map((row, i) => {
    const where = (): string => source.at(i);
    return {
      text: textOf(pick(row, text, 0, source, i), where),
      label: pick(row, label, 1, source, i, !labelled),
    };
  });
  const column = { path, values: values.map((row) => row.label), at: source.at };
  const { indices, notes } = readLabels(column, labels, labelled);
  const items: Item[] = [];
  for (const [i, row] of values.entries()) {
    await pause(i, signal);
    items.push(itemOf(row.text, indices[i], context));
  }
  const content = hash({ file: source.bytes, path: source.path.split("#")[1], text, label });
  const tokens = busy(() => tokenWarnings(path, items, context));
  const warnings = [...source.notes, ...(found?.notes ?? []), ...notes, ...tokens];
  return { path, items, labels: context.labels, hash: content, ...(warnings.length > 0 && { warnings }) };
}

/** One class for each text is scored; AppError `input` for a model that answers otherwise. */
function refuseHead({ config, model }: LoadContext): void {
  const why = otherHead(config);
  if (why === undefined) return;
  throw new AppError("input", `its config.json says that ${why}; ${ONE_CLASS}`, {
    path: model,
    hint: "quantize, prune by magnitude, export and bench work without data; leave it out",
  });
}

/** What is scored. */
const ONE_CLASS = "minnow scores one class for each text, and its figures would mean nothing for this model";

function itemOf(
  text: string,
  label: number | undefined,
  { tokenizer, maxLength }: Pick<LoadContext, "tokenizer" | "maxLength">,
): Item {
  const { inputIds, tokenTypeIds } = tokenizer.encode(text, maxLength);
  return {
    inputs: { input_ids: inputIds, token_type_ids: tokenTypeIds },
    pad: { input_ids: tokenizer.padId },
    length: inputIds.length,
    label,
    text,
  };
}

function variants(items: readonly Item[], context: VariantContext): readonly Variant[] {
  return textVariants.map(({ name, what, of }) => ({
    name,
    what,
    items: items.map(({ text, label }) => itemOf(of(text, context.seed), label, context)),
  }));
}

/** The value of a column, or of a position in a pair. */
function pick(
  { values }: Row,
  name: string | undefined,
  position: number,
  source: Source,
  row: number,
  optional = false,
): Json | undefined {
  if (!isList(values)) {
    const value = name === undefined ? undefined : valueAt(values, name);
    if (value !== undefined || optional) return value;
    throw missing("key", name ?? (position === 0 ? "text" : "label"), namesOf(values), source, row);
  }
  if (values.length === 2 || (values.length === 1 && optional)) return values[position];
  if (values.length === 1 && position === 0) return values[0];
  throw new AppError("input", `expected a pair [text, label], found ${values.length} values`, {
    path: source.at(row),
  });
}

function textOf(value: Json | undefined, where: () => string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  const found = typeof value === "string" ? "an empty one" : shown(value);
  throw new AppError("input", `expected a text, found ${found}`, { path: where() });
}

/** Feeds as i64 [rows, length]; a row that no item fills attends to its first position, so nothing is NaN. */
function collate(items: readonly Item[], length: number, rows: number): Readonly<Record<string, Tensor>> {
  const ids = new BigInt64Array(rows * length).fill(BigInt(items[0]?.pad?.input_ids ?? 0));
  const mask = new BigInt64Array(rows * length);
  const types = new BigInt64Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const { inputs, length: tokens = 1 } = items[row] ?? {};
    const start = row * length;
    mask.fill(1n, start, start + Math.min(tokens, length));
    inputs?.input_ids?.slice(0, length).forEach((id, i) => {
      ids[start + i] = BigInt(id);
    });
    inputs?.token_type_ids?.slice(0, length).forEach((type, i) => {
      types[start + i] = BigInt(type);
    });
  }
  const shape = [rows, length];
  return {
    input_ids: Tensor.of("i64", shape, ids),
    attention_mask: Tensor.of("i64", shape, mask),
    token_type_ids: Tensor.of("i64", shape, types),
  };
}
