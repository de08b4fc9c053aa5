// The record as it is, for programs.
import type { RunRecord } from "../record/index.ts";

/** The record as indented JSON; `parseRecord` reads it back. */
export const renderJson = (record: RunRecord): string => `${JSON.stringify(record, null, 2)}\n`;
