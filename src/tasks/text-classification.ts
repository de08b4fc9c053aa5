// Text classification: one text, one of the model's classes.
import { z } from "zod";
import { AppError, busy, hash, type Json, suggestion } from "../base/index.ts";
import { Tensor } from "../tensor/index.ts";
import {
  type Dataset,
  defineTask,
  type Item,
  type LoadContext,
  type Variant,
  type VariantContext,
} from "./define.ts";
import { accuracy, macroF1 } from "./metrics.ts";
import { isList, type Row, readSource, type Source } from "./source.ts";
import { tokenWarnings } from "./tokens.ts";
import { textVariants } from "./variants.ts";

const params = z.strictObject({
  text: z
    .string()
    .min(1)
    .default("text")
    .describe("column (or key) that holds the text; pairs are [text, label]"),
  label: z
    .string()
    .min(1)
    .default("label")
    .describe("column (or key) that holds the class, by name or by index"),
});
type Params = z.infer<typeof params>;

export const textClassification = defineTask({
  name: "text-classification",
  params,
  load,
  collate,
  metrics: [accuracy, macroF1],
  variants,
});

async function load(path: string, columns: Params, context: LoadContext): Promise<Dataset> {
  const source = await readSource(path, context.folder);
  checkColumns(source, columns, context.labelled);
  const indexOf = new Map(context.labels.map((name, i) => [name, i]));
  const rows = source.rows.map(({ values }, row) => {
    const where = (): string => source.at(row);
    const text = textOf(pick(values, columns.text, 0, where), where);
    const label = labelOf(pick(values, columns.label, 1, where, !context.labelled), context, indexOf, where);
    return { text, label };
  });
  const items = busy(() => rows.map(({ text, label }) => itemOf(text, label, context)));
  const content = hash({ file: source.bytes, path: source.path.split("#")[1], ...columns });
  return {
    path,
    items,
    labels: context.labels,
    hash: content,
    warnings: tokenWarnings(path, items, context),
  };
}

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

/** A table says what columns it has, so a missing one is told once, at the header. */
function checkColumns({ columns, at }: Source, wanted: Params, labelled: boolean): void {
  if (columns === undefined) return;
  for (const name of labelled ? [wanted.text, wanted.label] : [wanted.text]) {
    if (!columns.includes(name)) throw missing("column", name, columns, at(-1));
  }
}

function missing(what: string, name: string, known: readonly string[], path: string): AppError {
  const hint = suggestion(name, known);
  const found = known.length === 0 ? "none" : known.join(", ");
  return new AppError("input", `expected a ${what} "${name}", found ${found}`, {
    path,
    ...(hint && { hint }),
  });
}

/** The value of a column, or of a position in a pair. */
function pick(
  values: Row["values"],
  name: string,
  position: number,
  where: () => string,
  optional = false,
): Json | undefined {
  if (!isList(values)) {
    if (optional || Object.hasOwn(values, name)) return values[name];
    throw missing("key", name, Object.keys(values), where());
  }
  if (values.length === 2 || (values.length === 1 && optional)) return values[position];
  if (values.length === 1 && position === 0) return values[0];
  throw new AppError("input", `expected a pair [text, label], found ${values.length} values`, {
    path: where(),
  });
}

function textOf(value: Json | undefined, where: () => string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  const found = typeof value === "string" ? "an empty one" : JSON.stringify(value);
  throw new AppError("input", `expected a text, found ${found}`, { path: where() });
}

/** Index of a class given by name, or by index where no name says otherwise; undefined for anything else. */
export function classOf(
  value: Json | undefined,
  labels: readonly string[],
  indexOf: ReadonlyMap<string, number>,
): number | undefined {
  const named = typeof value === "string" ? indexOf.get(value) : undefined;
  if (named !== undefined) return named;
  const index = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  const isIndex = typeof index === "number" && Number.isInteger(index) && index >= 0;
  return isIndex && (labels.length === 0 || index < labels.length) ? index : undefined;
}

/** Index of a row's class; undefined where there is none and none is needed. */
function labelOf(
  value: Json | undefined,
  { labels, labelled }: LoadContext,
  indexOf: ReadonlyMap<string, number>,
  where: () => string,
): number | undefined {
  if (!labelled && (value === undefined || value === null || value === "")) return undefined;
  const found = classOf(value, labels, indexOf);
  if (found !== undefined) return found;
  const range =
    labels.length === 0 ? "an index from 0" : `one of the model's ${labels.length} labels (or its index)`;
  const hint = typeof value === "string" ? suggestion(value, labels) : undefined;
  throw new AppError("input", `expected ${range}, found ${JSON.stringify(value)}`, {
    path: where(),
    ...(hint && { hint }),
  });
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
