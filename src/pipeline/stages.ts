// Stages: each model of a run as a file that was written, checked and answered the test questions.
import { join } from "node:path";
import { type Change, must, type Refusal } from "../base/index.ts";
import { countParameters, measureFiles } from "../bench/index.ts";
import type { Engine, Session } from "../engine/index.ts";
import type { LoadedModel } from "../families/index.ts";
import { verify } from "../ir/index.ts";
import { writeModel } from "../onnx/index.ts";
import { opTable } from "../ops/index.ts";
import { forExport } from "../passes/index.ts";
import type { Stage } from "../record/index.ts";
import { type Dataset, logitsOf, type Task } from "../tasks/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { checkParity } from "./parity.ts";
import { probes } from "./probe.ts";

/** A model of the run with its file in the work folder and what is known of it so far. */
export interface Made {
  readonly name: string;
  readonly method: string;
  readonly params: Stage["params"];
  readonly model: LoadedModel;
  /** The ONNX file in the work folder. */
  readonly path: string;
  /** Where it goes in the output folder; undefined for models that only pass through. */
  readonly writes: string | undefined;
  readonly size: Stage["size"];
  readonly parity: NonNullable<Stage["parity"]>;
  /** Logits of the test items at batch 1, [items, classes]; undefined without a test set. */
  readonly logits: Float32Array | undefined;
  readonly seconds: number;
  readonly changes: readonly Change[];
  readonly refused: readonly Refusal[];
}

export interface Bench {
  readonly engine: Engine;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly work: string;
  readonly task: Task | undefined;
  readonly test: Dataset | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

export type Fresh = Pick<
  Made,
  "name" | "method" | "params" | "model" | "writes" | "seconds" | "changes" | "refused"
>;

/** Writes the model, opens the file as a user would, checks parity, then answers the test set item by item. */
export async function makeStage(fresh: Fresh, index: number, bench: Bench): Promise<Made> {
  const { engine, threads, task, test, signal, onProgress } = bench;
  const graph = forExport(fresh.model.model.graph);
  verify(graph, fresh.name);
  const path = join(bench.work, `${index}.onnx`);
  await writeModel({ graph, metadata: fresh.model.model.metadata }, path, opTable);
  const session = await engine.open(path, { threads });
  try {
    const feeds = task && test ? sampleFeeds(task, test, session) : probes(fresh.model);
    const parity = await checkParity(
      engine,
      fresh.model.model.graph,
      fresh.writes ?? fresh.name,
      session,
      feeds,
      threads,
    );
    const logits =
      task && test
        ? await logitsOf(session, task, test, {
            rows: 1,
            maxLength: fresh.model.maxLength,
            signal,
            onProgress,
          })
        : undefined;
    const size = { ...(await measureFiles([path])), ...countParameters(fresh.model.model.graph) };
    return { ...fresh, path, size, parity, logits };
  } finally {
    await session.dispose();
  }
}

const SAMPLES = 16;

/** Feeds of single items, spread over the data set. */
export function sampleFeeds(
  task: Task,
  dataset: Dataset,
  session: Session,
  samples = SAMPLES,
): readonly Readonly<Record<string, Tensor>>[] {
  const step = Math.max(1, Math.floor(dataset.items.length / samples));
  return dataset.items
    .filter((_, i) => i % step === 0)
    .slice(0, samples)
    .map((item) => {
      const collated = task.collate([item], item.length, 1);
      return Object.fromEntries(session.inputs.map((name) => [name, must(collated[name], `input ${name}`)]));
    });
}
