// A sweep: every trial run, and after each of them the best so far, the comparison and the account of all on the disk.
import { join, relative } from "node:path";
import { AppError, must, version, writeAtomic } from "../base/index.ts";
import { compareFormats, compareRuns, runOf, writeComparison } from "../compare/index.ts";
import { checkOutput, filesOfResult, holdFolder, placeFiles, readsOf } from "../pipeline/index.ts";
import { type Recipe, type Trial, trialsOf, variantPath } from "../recipe/index.ts";
import type { RunRecord } from "../record/index.ts";
import { formats } from "../report/index.ts";
import { type BudgetRow, bestOf, type Figures, type Goal, type Scored, scoreOf, worstOf } from "./choose.ts";
import { type PlainError, plainError } from "./process.ts";
import type { Job, Runner } from "./runner.ts";

/** The account of a sweep in its output folder. */
export const SWEEP_FILE = "sweep.json";

/** One trial of a sweep. */
export interface SweepTrial {
  readonly name: string;
  /** Value by key of the recipe. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Relative to the sweep's output folder. */
  readonly folder: string;
  readonly state: "waiting" | "done" | "failed";
  readonly error?: PlainError;
  readonly figures?: Figures;
  readonly budget?: readonly BudgetRow[];
  readonly meets?: boolean;
}

/** What `minnow compress --json` prints for a sweep, and sweep.json holds. */
export interface SweepRecord {
  readonly schema: "minnow.sweep/2";
  readonly minnow: string;
  readonly recipe: string;
  /** Relative to the working folder. */
  readonly output: string;
  /** A metric, "bytes" or "latency". */
  readonly goal: string;
  readonly budget: readonly string[];
  readonly trials: readonly SweepTrial[];
  /** The trial whose result is in the output folder; null while there is none. */
  readonly best: {
    readonly name: string;
    readonly meets: boolean;
    /** What the closest miss misses most: "bytes <= 2 MB: 2,411,008 B, 20.6 % from it". */
    readonly missed: string | null;
  } | null;
}

export interface SweepOptions {
  readonly recipe: Recipe;
  readonly runner: Runner;
  /** Whether files of the output folders that minnow did not write may be overwritten; default false. */
  readonly force?: boolean;
  /** Folder that paths are told relative to; default: the process's. */
  readonly cwd?: string;
}

interface Sweep {
  readonly recipe: Recipe;
  readonly trials: readonly Trial[];
  readonly cwd: string;
}

interface Done extends Scored {
  readonly job: Job;
  readonly record: RunRecord;
}

/**
 * Runs the trials. After each one the output folder holds the result of the best so far, sweep.json and the comparison, so
 * whatever ends the sweep leaves what it found; begun anew it goes on, since finished trials are known. A trial that fails is
 * told and passed over; AppError of the first where none ended well, `usage` for a trial that is no recipe.
 */
export async function search({
  recipe,
  runner,
  force = false,
  cwd = process.cwd(),
}: SweepOptions): Promise<SweepRecord> {
  const trials = checkSweep(recipe, { force, cwd });
  const sweep = { recipe, trials, cwd };
  const release = holdFolder(recipe.output);
  try {
    const jobs = trials.map(
      (trial): Job => ({
        name: trial.name,
        text: trial.text,
        output: trial.output,
        recipe: variantPath(trial),
      }),
    );
    for (const { recipe: path, text } of jobs) await writeAtomic(path, text);
    const done: Done[] = [];
    const failed = new Map<Job, AppError>();
    let placed: Done | undefined;
    const account = (): SweepRecord => accountOf(sweep, jobs, done, failed);
    await runner(jobs, async (job, outcome) => {
      if ("error" in outcome) failed.set(job, outcome.error);
      else done.push({ job, record: outcome.record, ...scored(outcome.record, job, done, sweep) });
      const best = bestOf(done, goalOf(recipe));
      if (best && best !== placed) await placeFiles(recipe.output, filesOfResult(best.job.output));
      placed = best;
      await writeAtomic(join(recipe.output, SWEEP_FILE), `${JSON.stringify(account(), null, 2)}\n`);
      await writeCompared(done, recipe.output, cwd);
    });
    const [error] = failed.values();
    if (error && done.length === 0) throw error;
    return account();
  } finally {
    release();
  }
}

/** The trials; AppError `usage` where a folder of theirs, or the sweep's, has what must not be overwritten. */
export function checkSweep(
  recipe: Recipe,
  { force, cwd }: { readonly force: boolean; readonly cwd: string },
): readonly Trial[] {
  const trials = trialsOf(recipe, cwd);
  const all = readsOf(recipe);
  const places = [SWEEP_FILE, ...Object.keys(compareFormats)];
  checkOutput(all, { places, force, cwd });
  for (const trial of trials) {
    const own = { output: trial.output, recipe: { path: variantPath(trial) } };
    checkOutput({ ...all, ...own }, { force, cwd });
  }
  return trials;
}

const goalOf = ({ sweep }: Recipe): Goal => must(sweep, "sweep").goal;

/** What the best is best in where the recipe does not say: its task's metric. */
const nameOfPrimary = ({ task }: Recipe): string =>
  must(
    task.task.measures.find(({ primary }) => primary),
    "primary metric",
  ).name;

/** AppError `input` for a record of another teacher or other test data: a machine far away may hold other files. */
function scored(record: RunRecord, job: Job, done: readonly Done[], { recipe, cwd }: Sweep): Scored {
  const first = done[0]?.record ?? record;
  const [test, before] = [record.data.test, first.data.test];
  const same = test?.hash === before?.hash && test?.items === before?.items;
  if (record.teacher.hash !== first.teacher.hash || !same) {
    throw new AppError(
      "input",
      "it was made from another teacher, or measured on other test data, than the trials before it",
      {
        path: job.name,
        hint: "every worker needs the same files",
      },
    );
  }
  return scoreOf(record, recipe.budget, reportOf(job, cwd));
}

async function writeCompared(done: readonly Done[], output: string, cwd: string): Promise<void> {
  if (done.length === 0) return;
  const runs = done.map(({ job, record }) => runOf(reportOf(job, cwd), record, { cwd, output }));
  await writeComparison(compareRuns(runs), output, cwd);
}

const reportOf = ({ output }: Job, cwd: string): string => relative(cwd, join(output, formats.json.file));

function accountOf(
  { recipe, trials, cwd }: Sweep,
  jobs: readonly Job[],
  done: readonly Done[],
  failed: ReadonlyMap<Job, AppError>,
): SweepRecord {
  const best = bestOf(done, goalOf(recipe));
  const stateOf = (job: Job): Omit<SweepTrial, "name" | "settings" | "folder"> => {
    const error = failed.get(job);
    if (error) return { state: "failed", error: plainError(error) };
    const found = done.find((one) => one.job === job);
    if (!found) return { state: "waiting" };
    const { figures, budget, meets } = found;
    return { state: "done", figures, budget, meets };
  };
  return {
    schema: "minnow.sweep/2",
    minnow: version(),
    recipe: recipe.path,
    output: relative(cwd, recipe.output) || ".",
    goal: goalOf(recipe) ?? nameOfPrimary(recipe),
    budget: recipe.budget.map(({ text }) => text),
    trials: trials.map(({ name, settings }, i) => {
      const job = must(jobs[i], "job");
      const values = Object.fromEntries(settings.map(({ key, value }) => [key, value]));
      return { name, settings: values, folder: relative(recipe.output, job.output), ...stateOf(job) };
    }),
    best: best ? { name: best.job.name, meets: best.meets, missed: missedWords(best) } : null,
  };
}

function missedWords(trial: Scored): string | null {
  const worst = worstOf(trial);
  return worst
    ? `${worst.text}: ${worst.shown.value}, ${(100 * worst.missedBy).toPrecision(3)} % from it`
    : null;
}

/** The AppError `gate` of a sweep that nothing met the budget of; undefined where something did. */
export function budgetFailure({ best, trials, output }: SweepRecord): AppError | undefined {
  if (!best || best.meets) return undefined;
  const ended = trials.filter(({ state }) => state === "done").length;
  return new AppError(
    "gate",
    `none of ${ended} trials meets the budget; the closest is ${best.name}: ${best.missed}`,
    {
      path: output,
      facts: { closest: best },
      hint: "its result is in the output folder",
    },
  );
}
