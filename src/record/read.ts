// The record of a report.json.
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseJson, readRegular } from "../base/index.ts";
import { parseRecord } from "./parse.ts";
import type { RunRecord } from "./record.ts";

/** The record at `path`, which is relative to `cwd`; AppError `input` where it cannot be read or is none. */
export function readRecord(path: string, cwd = process.cwd()): RunRecord {
  const bytes = readRegular(resolve(cwd, path), { name: path, what: "the report cannot be read" });
  return parseRecord(parseJson(bytes.toString("utf8"), path), path);
}

/** The report.json that is meant: the file itself, or that of an output folder. */
export function reportPath(given: string, cwd = process.cwd()): string {
  const isFolder = statSync(resolve(cwd, given), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? join(given, "report.json") : given;
}
