// A small world for methods: a tiny BERT, a task whose items are token ids, and a teacher's answers.
import { rng } from "../../src/base/index.ts";
import { openEngine, type Session } from "../../src/engine/index.ts";
import type { Bundle } from "../../src/families/index.ts";
import { loadCheckpoint } from "../../src/families/index.ts";
import type { Method, MethodContext } from "../../src/methods/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { type Dataset, logitsOf, taskNamed } from "../../src/tasks/index.ts";
import { tinyCheckpoint } from "../families/tiny.ts";

export const task = taskNamed("text-classification");

/** Items of 3 to 7 tokens; the class is the first token's remainder by 3, so that it can be learnt. */
export function dataset(count = 24): Dataset {
  const random = rng(3, "items");
  const items = Array.from({ length: count }, () => {
    const length = 3 + random.below(5);
    const ids = Array.from({ length }, () => 4 + random.below(12));
    const inputs = { input_ids: ids, attention_mask: ids.map(() => 1), token_type_ids: ids.map(() => 0) };
    return { inputs, length, label: (ids[0] ?? 0) % 3, text: ids.join(" ") };
  });
  return { path: "items", items, labels: ["a", "b", "c"], hash: "items" };
}

export const tinyModel = (changes = {}): Bundle => loadCheckpoint(tinyCheckpoint(changes), opTable);

/** Logits of a model over items, [items, classes]. */
export async function answers(model: Bundle, data: Dataset): Promise<Float32Array> {
  const engine = await openEngine();
  const session: Session = await engine.compile(model.model.graph, { threads: 1 });
  const logits = await logitsOf(session, task, data, { rows: 4 });
  await session.dispose();
  return logits;
}

export async function contextFor(
  teacher: Bundle,
  train: Dataset | undefined = dataset(),
  seed = 7,
): Promise<MethodContext> {
  const engine = await openEngine();
  return {
    engine,
    seed,
    signal: new AbortController().signal,
    emit: () => undefined,
    id: "step",
    threads: 1,
    task,
    train,
    teacher,
    teacherLogits: () => answers(teacher, train ?? dataset()),
  };
}

/** Applies a method with raw parameters, as a recipe would. */
export async function apply(method: Method, raw: unknown, model: Bundle, context?: MethodContext) {
  return method.bind(raw).apply(model, context ?? (await contextFor(model)));
}
