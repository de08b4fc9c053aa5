// Reading a run record, and its schema for other tools.
import { z } from "zod";
import { AppError, fitted } from "../base/index.ts";
import { type RunRecord, recordVersion, runRecord } from "./record.ts";
import { firstVersion, upgrading } from "./version-1.ts";

/** The record in a parsed JSON value, of this version or of the first; an AppError `input` that names the first key which does not fit. */
export function parseRecord(value: unknown, path: string): RunRecord {
  const parsed = isFirst(value) ? fitted(upgrading, value) : fitted(runRecord, value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = issue === undefined || issue.path.length === 0 ? "the record" : dotted(issue.path);
    const hint = `a run record is JSON with "schema": "${recordVersion}"`;
    throw new AppError("input", `${key}: ${issue?.message ?? "it does not fit"}`, { path, hint });
  }
  const record = parsed.data;
  const names = record.stages.map((stage) => stage.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new AppError("input", `two stages are named ${twice}`, { path });
  if (!names.includes(record.result.stage)) {
    throw new AppError("input", `result.stage: no stage is named ${record.result.stage}`, { path });
  }
  return record;
}

const isFirst = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "schema" in value && value.schema === firstVersion;

const dotted = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}${text && "."}${String(part)}`),
    "",
  );

/** The record's JSON Schema (draft 2020-12), as it is published in docs/report.schema.json. */
export function jsonSchema(): object {
  return { title: "minnow run record", ...z.toJSONSchema(runRecord) };
}
