// Which columns the recipe names: those that were given, else those that the rows tell, else what is answered.
import { AppError, suggestion } from "../../base/index.ts";
import { columnsOf, findColumns, type Source } from "../../tasks/index.ts";
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
  const holds = { text: "the text", label: "the teacher's labels" };
  const decide = (key: keyof Columns, choices: readonly string[]): Promise<string> => {
    const why = `it is not clear which column of ${source.path} holds ${holds[key]}`;
    return asker.ask({ flag: `--${key}`, why, wanted: "the column", choices });
  };
  const found = await findColumns(source, labels, given, true, decide);
  const { text, label } = found?.columns ?? {};
  return text === undefined || label === undefined ? undefined : { text, label };
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
