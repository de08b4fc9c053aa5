// What minnow compress does with a recipe that has a sweep, and what it says of it.
import { join, relative } from "node:path";
import { must, printable } from "../../base/index.ts";
import { type Recipe, trialsOf, variantPath } from "../../recipe/index.ts";
import { figure, metricsOf, metricWords, type NamedMetric, named, readRecord } from "../../record/index.ts";
import { formats } from "../../report/index.ts";
import type { Runner, SweepRecord, SweepTrial } from "../../search/index.ts";
import type { CommandContext, Outcome } from "../define.ts";
import { bytes, milliseconds, plural } from "../render/figures.ts";
import { table } from "../render/table.ts";

/** Runs the trials, or with `dry` names them. A budget that nothing meets is a failure, and so is what `require` says of the best. */
export async function sweepOutcome(
  recipe: Recipe,
  { dry, force }: { readonly dry: boolean; readonly force: boolean },
  runner: () => Promise<Runner>,
  context: CommandContext,
): Promise<Outcome> {
  const { io } = context;
  const { budgetFailure, checkSweep, search } = await import("../../search/index.ts");
  if (dry) {
    checkSweep(recipe, { force, cwd: io.cwd });
    return dryOutcome(recipe, context);
  }
  const swept = await search({ recipe, runner: await runner(), force, cwd: io.cwd });
  const failure = budgetFailure(swept);
  const text = sweepText(swept);
  if (failure || recipe.require.length === 0) return { json: swept, text, ...(failure && { failure }) };
  const { requiredOf } = await import("./gate-files.ts");
  const path = relative(io.cwd, join(recipe.output, formats.json.file));
  const required = requiredOf(recipe.require, { path, record: readRecord(path, io.cwd) });
  return { ...required, json: swept, text: `${text}\n${required.text}` };
}

/** Every trial, and whether its result is there already. */
async function dryOutcome(recipe: Recipe, { io, pipeline }: CommandContext): Promise<Outcome> {
  const { finished } = await pipeline();
  const { cwd } = io;
  const trials = await Promise.all(
    trialsOf(recipe, cwd).map(async ({ name, text, output }) => {
      const recipePath = relative(cwd, variantPath({ output }));
      const done = (await finished({ recipePath, recipeText: text, cwd })) !== undefined;
      return { name, output: relative(cwd, output), done };
    }),
  );
  const rows = trials.map(({ name, done }) => [printable(name), done ? "done" : "runs"]);
  const json = { schema: "minnow.dry-sweep/1", trials };
  const open = trials.filter(({ done }) => !done).length;
  return {
    json,
    text: `${table(["trial", ""], rows)}${open} of ${plural(trials.length, "trial")} would be run\n`,
  };
}

/** A row for each trial, and which is the best. */
export function sweepText({ trials, best, goal, budget, output }: SweepRecord): string {
  const metrics = metricsOf(trials.flatMap(({ figures }) => figures ?? [])).filter(
    ({ name, primary }) => primary || name === goal,
  );
  const head = [
    "trial",
    ...metrics.map(({ name }) => metricWords(name)),
    "bytes",
    "p50",
    ...(budget.length > 0 ? ["budget"] : []),
    "",
  ];
  const rows = trials.map((trial) => rowOf(trial, metrics, trial.name === best?.name, budget.length > 0));
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
    ? `${why}: ${printable(chosen.name)}; its result is in ${output}, read ${join(output, "compare.html")}\n`
    : "";
  return `${table(head, rows)}\n${end}`;
}

function rowOf(
  { name, state, error, figures, budget = [] }: SweepTrial,
  metrics: readonly NamedMetric[],
  isBest: boolean,
  budgeted: boolean,
): string[] {
  const missed = budget
    .filter(({ meets }) => !meets)
    .map(({ text, shown }) => `misses ${text}: ${shown.value}`);
  const judged = figures ? missed.join("; ") || "meets it" : "";
  return [
    printable(name),
    ...metrics.map((metric) => {
      const found = named(figures?.metrics, metric.name);
      return found ? figure(found.value, found.unit) : "";
    }),
    figures ? bytes(figures.bytes) : "",
    figures?.p50Ms == null ? "" : milliseconds(figures.p50Ms),
    ...(budgeted ? [judged] : []),
    error ? `${state}: ${printable(error.message)}` : isBest ? "best" : state === "done" ? "" : state,
  ];
}
