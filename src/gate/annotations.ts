// Annotations: workflow commands that GitHub Actions shows beside a run, a line for each requirement.
import type { GateResult, GateRow } from "./gate.ts";

/** `::error title=...::...` and so on; print the file in a step to have them shown. */
export const annotations = ({ requirements }: GateResult): string =>
  requirements
    .map((row) => `::${levelOf(row)} title=${property(`minnow gate: ${row.text}`)}::${data(row.words)}\n`)
    .join("");

const levelOf = ({ failed, verdict }: GateRow): string => {
  if (failed) return "error";
  return verdict === "pass" ? "notice" : "warning";
};

/** As @actions/core escapes what follows the second `::`. */
const data = (text: string): string => text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");

/** As @actions/core escapes a property: commas and colons end one. */
const property = (text: string): string => data(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
