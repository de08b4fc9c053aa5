// Robustness: how often the teacher and the final stage are right on variants of the test items.
import { hash, must, spread, told } from "../base/index.ts";
import { pairedDifference, proportion } from "../bench/index.ts";
import type { Engine, Session } from "../engine/index.ts";
import { kindOf, type Robustness } from "../record/index.ts";
import {
  classMetrics,
  type Dataset,
  type Item,
  logitsOf,
  score,
  type Task,
  type Variant,
} from "../tasks/index.ts";
import type { Loaded, RunContext } from "./load.ts";
import type { Plan } from "./plan.ts";
import type { Made } from "./stages.ts";

/** Rows of a batch, for both models: an answer of an int8 file depends on what it is batched with. */
const ROWS = 32;

/** What is asked of a model, and how. */
interface Asking {
  readonly task: Task;
  readonly engine: Engine;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Called with the number of items done. */
  readonly progress: (done: number) => void;
}

type Asked = Pick<Made, "path" | "model" | "remember">;

/** The first and the last stage on variants of test items; undefined without labelled data, variants or a step. */
export async function robustnessOf(
  made: readonly Asked[],
  plan: Pick<Plan, "task" | "seed" | "measure">,
  loaded: Pick<Loaded, "engine" | "test" | "teacher">,
  { threads, signal, emit }: Pick<RunContext, "threads" | "signal" | "emit">,
): Promise<Robustness | undefined> {
  const questions = questionsOf(plan, loaded);
  const [teacher, final] = [made[0], made.at(-1)];
  if (!questions || made.length < 2 || !teacher || !final) return undefined;
  const { task, test, sample, variants } = questions;
  const id = "robustness";
  const changed = variants.filter((variant) => variant.changed > 0);
  const sets = [{ name: "plain", items: sample }, ...changed].map((one) => setOf(test, one));
  const total = 2 * sets.length * sample.length;
  const asking = (before: number): Asking => {
    const progress = (done: number): void =>
      emit({ kind: "progress", id, done: before + done, total, unit: "items" });
    return { task, engine: loaded.engine, threads, signal, progress };
  };
  const answers = async () => ({
    theirs: await answersOf(teacher, sets, asking(0)),
    own: await answersOf(final, sets, asking(total / 2)),
  });
  const { theirs, own } = await told(emit, id, answers, (both) =>
    both.theirs.opened || both.own.opened ? {} : { cached: true },
  );
  const [plain, ...figures] = sets.map((_, i) => figuresOf(sample, theirs.logits[i], own.logits[i]));
  return {
    items: sample.length,
    batch: ROWS,
    metric: kindOf(classMetrics.accuracy),
    plain: must(plain, "figures"),
    variants: variants.map((variant) => {
      const { name, what } = variant;
      return { name, what, changed: variant.changed, ...figures[changed.indexOf(variant)] };
    }),
  };
}

/** The items that are asked, as they are and as variants with the number of items that differ. */
function questionsOf(
  { task: planned, seed, measure }: Pick<Plan, "task" | "seed" | "measure">,
  { test, teacher: { tokenizer, maxLength } }: Pick<Loaded, "test" | "teacher">,
) {
  const task = planned?.task;
  if (!task?.variants || !test || !tokenizer) return undefined;
  const sample = spread(test.items, measure.robustness);
  if (sample.length === 0 || sample.some(({ label }) => label === undefined)) return undefined;
  const variants = task.variants(sample, { tokenizer, maxLength, seed });
  return {
    task,
    test,
    sample,
    variants: variants.map((variant) => ({ ...variant, changed: changedItems(sample, variant) })),
  };
}

const tokensOf = ({ inputs }: Item): string => JSON.stringify(inputs);

/** How many items of a variant a model can tell from the sample's. */
const changedItems = (sample: readonly Item[], { items }: Variant): number =>
  items.filter((item, i) => tokensOf(item) !== tokensOf(must(sample[i], "item"))).length;

/** A data set under the hash of its tokens, which are all that a model sees. */
const setOf = (test: Dataset, { name, items }: Pick<Variant, "name" | "items">): Dataset => ({
  path: `${test.path} (${name})`,
  items,
  labels: test.labels,
  hash: hash(items.map(tokensOf)),
});

/** Logits for each set; the file is opened where one is not remembered. */
async function answersOf(
  { path, model, remember }: Asked,
  sets: readonly Dataset[],
  { task, engine, threads, signal, progress }: Asking,
): Promise<{ readonly logits: readonly Float32Array[]; readonly opened: boolean }> {
  const logits: Float32Array[] = [];
  let session: Session | undefined;
  let before = 0;
  try {
    for (const set of sets) {
      signal.throwIfAborted();
      const ask = async (): Promise<Float32Array> => {
        session ??= await engine.open(must(path, "file"), { threads });
        const onProgress = (done: number): void => progress(before + done);
        return logitsOf(session, task, set, { rows: ROWS, maxLength: model.maxLength, signal, onProgress });
      };
      logits.push(await remember(set, ROWS, ask));
      before += set.items.length;
      progress(before);
    }
    return { logits, opened: session !== undefined };
  } finally {
    await session?.dispose();
  }
}

function figuresOf(
  sample: readonly Item[],
  theirs: Float32Array | undefined,
  own: Float32Array | undefined,
): Robustness["plain"] {
  const labels = sample.map(({ label }) => label);
  const right = (logits: Float32Array | undefined): readonly boolean[] =>
    must(score(must(logits, "answers"), labels).correct, "labels").map(Boolean);
  const [teacher, result] = [right(theirs), right(own)];
  const share = (of: readonly boolean[]) => proportion(of.filter(Boolean).length, of.length);
  return {
    teacher: share(teacher),
    result: share(result),
    versusTeacher: pairedDifference(result, teacher),
  };
}
