// Comparisons and files: the runs that folders hold, and a folder with a comparison in every format.
import { existsSync } from "node:fs";
import { basename, dirname, join, normalize, relative, resolve } from "node:path";
import { AppError, checkTarget, writeAtomic } from "../base/index.ts";
import { type RunRecord, readRecord, reportPath } from "../record/index.ts";
import { formats } from "../report/index.ts";
import type { Comparison, Run } from "./comparison.ts";
import { renderHtml } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";

/** Files of a comparison, and what writes them. */
export const compareFormats: Readonly<Record<string, (comparison: Comparison) => string>> = {
  "compare.json": (comparison) => `${JSON.stringify(comparison, null, 2)}\n`,
  "compare.md": renderMarkdown,
  "compare.html": renderHtml,
};

interface Places {
  readonly cwd: string;
  /** Folder that the comparison is written to; links are relative to it. */
  readonly output: string | undefined;
}

/** The runs of folders and report.json files. AppError `input`; `usage` where one is there twice. */
export function readRuns(paths: readonly string[], places: Places): readonly Run[] {
  const files = paths.map((path) => reportPath(path, places.cwd));
  const absolute = files.map((file) => resolve(places.cwd, file));
  const twice = absolute.findIndex((file, i) => absolute.indexOf(file) < i);
  if (twice >= 0) throw new AppError("usage", "this run is there twice", { path: paths[twice] ?? "" });
  return files.map((file) => runOf(file, readRecord(file, places.cwd), places));
}

/** The run of a report.json whose record is known. */
export function runOf(file: string, record: RunRecord, places: Places): Run {
  const link = linkTo(dirname(resolve(places.cwd, file)), places);
  return { path: file, folder: folderOf(file, places.cwd), record, ...(link !== undefined && { link }) };
}

/** The folder as it was given, or its name where that says nothing. */
function folderOf(file: string, cwd: string): string {
  const folder = normalize(dirname(file));
  return /^[./\\]*$/.test(folder) ? basename(resolve(cwd, folder)) : folder;
}

/** The folder's report.html as a relative address; undefined where there is none, or nothing is written. */
function linkTo(folder: string, { cwd, output }: Places): string | undefined {
  const { file } = formats.html;
  if (output === undefined || !existsSync(join(folder, file))) return undefined;
  const steps = relative(resolve(cwd, output), join(folder, file)).split(/[\\/]/);
  return steps.map(encodeURIComponent).join("/");
}

/** Refuses a folder for a comparison as runs refuse theirs: over what is read, or unless forced with foreign files. */
export function checkComparison(
  paths: readonly string[],
  output: string,
  { cwd, force }: { readonly cwd: string; readonly force: boolean },
): void {
  const target = resolve(cwd, output);
  const places = Object.keys(compareFormats);
  const made = existsSync(join(target, "compare.json"));
  const reads = paths.map((path) => resolve(cwd, path));
  checkTarget({ output: target, places, own: made ? () => true : undefined, reads, force, cwd });
}

/** Writes compare.json, compare.md and compare.html. */
export async function writeComparison(comparison: Comparison, output: string, cwd: string): Promise<void> {
  for (const [name, render] of Object.entries(compareFormats))
    await writeAtomic(resolve(cwd, output, name), render(comparison));
}
