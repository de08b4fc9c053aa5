// Which columns the recipe names: those that were given, else those that the rows tell, else what is answered.
import { AppError, suggestion } from "../../base/index.ts";
import { columnsOf, type Guess, guessLabel, guessText, type Source } from "../../tasks/index.ts";
import type { Asker } from "./ask.ts";

export interface Columns {
  readonly text: string;
  readonly label: string;
}

/** Columns by flag, as far as they were given. */
export type GivenColumns = { readonly [K in keyof Columns]: string | undefined };

/** Undefined where the rows are [text, label] pairs; AppError `usage` that names the flag to give. */
export async function chooseColumns(
  source: Source,
  labels: readonly string[],
  given: GivenColumns,
  asker: Asker,
): Promise<Columns | undefined> {
  const names = columnsOf(source);
  for (const flag of ["text", "label"] as const) checkColumn(flag, given[flag], names, source.path);
  if (!names) return undefined;
  const label =
    given.label ??
    (await decide(
      "label",
      guessLabel(source, labels, given.text),
      `it is not clear which column of ${source.path} holds the teacher's labels`,
      asker,
    ));
  const text =
    given.text ??
    (await decide(
      "text",
      guessText(source, label),
      `it is not clear which column of ${source.path} holds the text`,
      asker,
    ));
  return { text, label };
}

async function decide(
  flag: keyof Columns,
  { column, candidates }: Guess,
  why: string,
  asker: Asker,
): Promise<string> {
  if (column !== undefined) return column;
  return asker.ask({ flag: `--${flag}`, why, wanted: "the column", choices: candidates });
}

/** A column that is given must be there. */
function checkColumn(
  flag: keyof Columns,
  name: string | undefined,
  names: readonly string[] | undefined,
  path: string,
): void {
  if (name === undefined || names?.includes(name)) return;
  const what = names ? `has no column ${JSON.stringify(name)}` : "holds [text, label] pairs, not columns";
  const hint = names ? suggestion(name, names) : "leave the flag out";
  throw new AppError("usage", `${path} ${what}`, { path: `--${flag}`, ...(hint && { hint }) });
}
