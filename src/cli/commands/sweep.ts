// What minnow compress does with a recipe that has a sweep, and what it says of it.
import { join, relative } from "node:path";
import { must } from "../../base/index.ts";
import { type Recipe, trialsOf } from "../../recipe/index.ts";
import { readRecord } from "../../record/index.ts";
import { formats } from "../../report/index.ts";
import type { Runner, SweepRecord, SweepTrial } from "../../search/index.ts";
import type { CommandContext, Outcome } from "../define.ts";
import { bytes, milliseconds, oneLine, percent, plural } from "../render/figures.ts";
import { table } from "../render/table.ts";

/** Runs the trials, or with `dry` names them. A budget that nothing meets is a failure, and so is what `require` says of the best. */
export async function sweepOutcome(
  recipe: Recipe,
  dry: boolean,
  runner: () => Promise<Runner>,
  { io }: CommandContext,
): Promise<Outcome> {
  if (dry) {
    const trials = trialsOf(recipe, io.cwd);
    const named = trials.map(({ name, output }) => ({ name, output }));
    const text = `${table(
      ["trial"],
      named.map(({ name }) => [oneLine(name)]),
    )}${plural(trials.length, "trial")} would be run\n`;
    const json = { schema: "minnow.dry-sweep/1", trials: named };
    return { json, text };
  }
  const { budgetFailure, search } = await import("../../search/index.ts");
  const swept = await search({ recipe, runner: await runner(), cwd: io.cwd });
  const failure = budgetFailure(swept);
  const text = sweepText(swept);
  if (failure || recipe.require.length === 0) return { json: swept, text, ...(failure && { failure }) };
  const { requiredOf } = await import("./gate-files.ts");
  const path = relative(io.cwd, join(recipe.output, formats.json.file));
  const required = requiredOf(recipe.require, { path, record: readRecord(path, io.cwd) });
  return { ...required, json: swept, text: `${text}\n${required.text}` };
}

/** A row for each trial, and which is the best. */
export function sweepText({ trials, best, budget, output }: SweepRecord): string {
  const head = ["trial", "accuracy", "bytes", "p50", ...(budget.length > 0 ? ["budget"] : []), ""];
  const rows = trials.map((trial) =>
    rowOf(trial, trial.name === best?.name).filter((_, i) => budget.length > 0 || i !== 4),
  );
  const chosen =
    best &&
    must(
      trials.find(({ name }) => name === best.name),
      "trial",
    );
  const why = best?.missed
    ? `the closest miss of ${plural(trials.length, "trial")}`
    : `the best of ${plural(trials.length, "trial")}`;
  const end = chosen
    ? `${why}: ${oneLine(chosen.name)}; its result is in ${output}, read ${join(output, "compare.html")}\n`
    : "";
  return `${table(head, rows)}\n${end}`;
}

function rowOf({ name, state, error, figures, budget = [] }: SweepTrial, isBest: boolean): string[] {
  const missed = budget
    .filter(({ meets }) => !meets)
    .map(({ text, shown }) => `misses ${text}: ${shown.value}`);
  const judged = figures ? missed.join("; ") || "meets it" : "";
  return [
    oneLine(name),
    figures?.accuracy == null ? "" : percent(figures.accuracy),
    figures ? bytes(figures.bytes) : "",
    figures?.p50Ms == null ? "" : milliseconds(figures.p50Ms),
    judged,
    error ? `${state}: ${oneLine(error.message)}` : isBest ? "best" : state === "done" ? "" : state,
  ];
}
