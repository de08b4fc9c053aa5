// The record of a report.json.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileError, parseJson } from "../base/index.ts";
import { parseRecord } from "./parse.ts";
import type { RunRecord } from "./record.ts";

/** The record at `path`, which is relative to `cwd`; AppError `input` where it cannot be read or is none. */
export function readRecord(path: string, cwd = process.cwd()): RunRecord {
  return parseRecord(parseJson(textOf(path, cwd), path), path);
}

function textOf(path: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, path), "utf8");
  } catch (cause) {
    throw fileError(cause, path, "the report cannot be read");
  }
}
