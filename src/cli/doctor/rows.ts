// What the facts mean: a row for each, judged, and what to do where something is wrong.
import { AppError, printable } from "../../base/index.ts";
import type { Outcome } from "../define.ts";
import { bytes, count } from "../render/figures.ts";
import { table } from "../render/table.ts";
import type { Facts, Found } from "./facts.ts";

/** A problem stops minnow; with a warning it works, but slowly or not for long. */
export type Status = "ok" | "warning" | "problem";

export interface Row {
  readonly name: string;
  readonly value: string;
  readonly status: Status;
  /** What to do; only where something is wrong. */
  readonly hint?: string;
}

/** Free bytes below which a run may end for lack of them. */
const enough = { memory: 2e9, disk: 1e9 } as const;

/** The instruction set that the engine's fast kernels need, by architecture. */
const vectors: Readonly<Record<string, string>> = { x64: "avx2", arm64: "asimd" };

const ok = (name: string, value: string): Row => ({ name, value, status: "ok" });

/** The row is ok if `fine`, else of the status and with the hint. */
const judged = (
  row: readonly [name: string, value: string],
  fine: boolean,
  bad: Status,
  hint: string,
): Row => (fine ? ok(...row) : { name: row[0], value: row[1], status: bad, hint });

function told<T>(
  name: string,
  fact: Found<T>,
  bad: Status,
  hint: string,
  row: (value: T) => readonly Row[],
): readonly Row[] {
  if ("value" in fact) return row(fact.value);
  return [{ name, value: fact.error, status: bad, hint: fact.hint ?? hint }];
}

/** A row for each fact, in the order in which they are shown. */
export const rowsOf = (facts: Facts): readonly Row[] => [
  ok("minnow", facts.minnow),
  judged(
    ["Node", facts.node],
    atLeast(facts.node, facts.minimumNode),
    "problem",
    `install Node ${facts.minimumNode} or later`,
  ),
  ...engineRows(facts.engine),
  ok("platform", facts.platform),
  ok("processor", facts.cpu),
  ok("cores", count(facts.cores)),
  instructionRow(facts),
  ...told("load", facts.load, "warning", "install minnow again", (load) => [
    judged(["load", load ?? "quiet"], load === undefined, "warning", busyHint),
  ]),
  ok("energy", facts.energy ? `meter of ${facts.energy.join(", ")}` : "no energy meter"),
  judged(
    ["memory", `${bytes(facts.memory.free)} free of ${bytes(facts.memory.total)}`],
    facts.memory.free >= enough.memory,
    "warning",
    `a run may need ${bytes(enough.memory)}; end other programs, or take smaller batches`,
  ),
  ...folderRows(facts),
];

const engineRows = (engine: Facts["engine"]): readonly Row[] =>
  told("engine", engine, "problem", "install minnow again", ({ name, version, providers }) => [
    ok("engine", `${name} ${version}`),
    ok("providers", providers.map((one) => `${one.name}${one.bundled ? "" : " (not bundled)"}`).join(", ")),
  ]);

function instructionRow({ instructions, architecture, platform }: Facts): Row {
  if (!instructions) return ok("instructions", `not known on ${platform.split(" ")[0]}`);
  const vector = vectors[architecture];
  return judged(
    ["instructions", instructions.join(", ") || "none that matter"],
    vector === undefined || instructions.includes(vector),
    "warning",
    `the processor has no ${vector}: models run slowly here, and figures are not those of other machines`,
  );
}

const folderRows = ({ disk, temporary, cache }: Facts): readonly Row[] => [
  ...told("disk", disk.free, "problem", "go to a folder that is there", (free) => [
    judged(
      ["disk", `${bytes(free)} free in ${disk.path}`],
      free >= enough.disk,
      "warning",
      `a run may need ${bytes(enough.disk)}; make room, or work on another disk`,
    ),
  ]),
  ...told("temporary files", temporary.writable, "problem", unwritable, () => [
    ok("temporary files", temporary.path),
  ]),
  ...told("cache", cache.bytes, "warning", unreadable, (size) => [
    ok("cache", `${cache.path} (${size === undefined ? "not there yet" : bytes(size)})`),
  ]),
];

const busyHint = "end other programs before you measure: times taken now would be withheld";
const unwritable = "let TMPDIR (on Windows TEMP) name a folder that can be written";
const unreadable = "let MINNOW_CACHE name a folder that can be read and written";

/** "20.9.1" is not at least "20.19". */
function atLeast(version: string, least: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [i, part] of least.split(".").map(Number).entries()) {
    const own = parts[i] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

/** The table and the document; a failure `resource` that names the problems, where there are some. */
export function doctorOutcome(facts: Facts): Outcome & { readonly json: { readonly rows: readonly Row[] } } {
  const rows = rowsOf(facts).map((row) => ({ ...row, value: printable(row.value) }));
  const failure = failureOf(rows.filter(({ status }) => status === "problem"));
  const cells = rows.map(({ name, value, status }) => [name, value, status]);
  const warnings = rows
    .filter(({ status }) => status === "warning")
    .map(({ name, hint }) => `warning: ${name}: ${hint}\n`);
  return {
    json: { schema: "minnow.doctor/1", rows },
    text: `${table(["what", "value", "status"], cells)}${warnings.length > 0 ? "\n" : ""}${warnings.join("")}`,
    ...(failure && { failure }),
  };
}

function failureOf(problems: readonly Row[]): AppError | undefined {
  const errors = problems.map(
    ({ name, value, hint }) =>
      new AppError("resource", value, { path: name, ...(hint !== undefined && { hint }) }),
  );
  const [first] = errors;
  if (!first || errors.length === 1) return first;
  const names = problems.map(({ name }) => name).join(", ");
  return new AppError("resource", `${problems.length} problems: ${names}`, {
    facts: { problems: errors.map((error) => error.describe()) },
  });
}
