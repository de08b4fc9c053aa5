// The record of a report.json.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError, parseJson, readRegular } from "../base/index.ts";
import { parseRecord } from "./parse.ts";
import type { RunRecord } from "./record.ts";

/** The record at `path`, which is relative to `cwd`; AppError `input` where it cannot be read or is none. */
export function readRecord(path: string, cwd = process.cwd()): RunRecord {
  const bytes = readRegular(resolve(cwd, path), { name: path, what: "the report cannot be read" });
  return parseRecord(parseJson(bytes.toString("utf8"), path), path);
}

/** The report.json that is meant: the file itself, or that of an output folder; AppError `input` where a folder has none. */
export function reportPath(given: string, cwd = process.cwd()): string {
  const isFolder = statSync(resolve(cwd, given), { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) return given;
  if (existsSync(resolve(cwd, given, FILE))) return join(given, FILE);
  throw new AppError("input", `the folder has no ${FILE}`, { path: given, hint: nearHint(given, cwd) });
}

const FILE = "report.json";
/** How many output folders a hint names. */
const MOST = 3;

/** What a folder without a report was meant to be: an output folder inside it, or none yet. */
function nearHint(given: string, cwd: string): string {
  const inside = readdirSync(resolve(cwd, given))
    .filter((name) => existsSync(resolve(cwd, given, name, FILE)))
    .map((name) => join(given, name))
    .sort();
  if (inside.length === 0) return "name the output folder of a run, which minnow compress writes";
  const more = inside.length > MOST ? ` and ${inside.length - MOST} more` : "";
  return `a run is one of the folders in it: ${inside.slice(0, MOST).join(", ")}${more}`;
}
