// The record of a report.json.
import { resolve } from "node:path";
import { parseJson, readRegular } from "../base/index.ts";
import { parseRecord } from "./parse.ts";
import type { RunRecord } from "./record.ts";

/** The record at `path`, which is relative to `cwd`; AppError `input` where it cannot be read or is none. */
export function readRecord(path: string, cwd = process.cwd()): RunRecord {
  const bytes = readRegular(resolve(cwd, path), { name: path, what: "the report cannot be read" });
  return parseRecord(parseJson(bytes.toString("utf8"), path), path);
}
