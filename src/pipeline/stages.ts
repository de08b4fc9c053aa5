// Stages: each model of a run as a file that was written, checked and answered the test questions.
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type Change, copyFile, type Refusal, spread } from "../base/index.ts";
import { countParameters, measureFiles } from "../bench/index.ts";
import { type Engine, type Ports, portsOf } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import { type Model, verify } from "../ir/index.ts";
import type { Rewrite } from "../methods/index.ts";
import { encodeModel, isOwnFile, writeModel } from "../onnx/index.ts";
import { opTable } from "../ops/index.ts";
import { forExport } from "../passes/index.ts";
import type { Stage } from "../record/index.ts";
import { type Dataset, feedsFor, logitsOf, type Task } from "../tasks/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { type Asked, answersOf, askGraph, checkParity } from "./parity.ts";
import { probes } from "./probe.ts";
import type { AnswersTo } from "./recall.ts";
import { checkRewrite } from "./rewrites.ts";

/** A model of the run with its file in the work folder and what is known of it so far. */
export interface Made {
  readonly name: string;
  readonly method: string;
  readonly params: Stage["params"];
  readonly model: Bundle;
  /** The ONNX file in the work folder; undefined where nobody runs it. */
  readonly path: string | undefined;
  /** Where it goes in the output folder; undefined for models that only pass through. */
  readonly writes: string | undefined;
  readonly size: Stage["size"];
  readonly parity: Stage["parity"];
  /** Logits of the test items at batch 1, [items, classes]; undefined without a test set. */
  readonly logits: Float32Array | undefined;
  readonly seconds: number;
  /** Whether the step's result was taken from the cache; its seconds are those of the run that made it. */
  readonly cached: boolean;
  readonly changes: readonly Change[];
  readonly refused: readonly Refusal[];
  /** What the parts of its step cost, each alone; undefined where it was not measured. */
  readonly sensitivity?: Stage["sensitivity"];
  readonly remember: AnswersTo;
}

export interface Bench {
  readonly engine: Engine;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly work: string;
  readonly task: Task | undefined;
  readonly test: Dataset | undefined;
  readonly onProgress: (done: number, total: number) => void;
  readonly remember: AnswersTo;
}

export type Fresh = Pick<
  Made,
  "name" | "method" | "params" | "model" | "writes" | "seconds" | "cached" | "changes" | "refused"
>;

/** A model that no step has made: the one that the steps begin with; it is written where no step writes a file of its kind. */
export const untouched = (model: Bundle, name: string, writes: string | undefined): Fresh => ({
  name,
  method: "teacher",
  params: {},
  model,
  writes,
  seconds: 0,
  cached: false,
  changes: [],
  refused: [],
});

/**
 * Holds what the step made to what it was given, writes the model, answers the test set item by item from the file as a
 * user would, and checks parity. Without test
 * data nothing is timed or scored: a model that only passes through is then not written, and nothing is compressed
 * to see its size.
 */
export async function makeStage(fresh: Fresh, index: number, bench: Bench, rewrite?: Rewrite): Promise<Made> {
  const { model, name, writes } = fresh;
  const { remember } = bench;
  const parameters = countParameters(model.model.graph);
  const measured = bench.task !== undefined && bench.test !== undefined;
  if (!measured && index === 0 && isFile(model.path)) {
    const size = { bytes: bytesOf(filesOf(model.path)), ...parameters };
    const known = { ...fresh, size, parity: undefined, logits: undefined, remember };
    if (writes === undefined) return { ...known, path: undefined };
    const copy = join(bench.work, String(index), basename(writes));
    if (holdsWeights(model)) {
      // minnow's own file is never changed in place, so one copy serves both folders
      await copyFile(model.path, copy, { link: isOwnFile(model.path) });
      return { ...known, path: copy };
    }
  }
  const graph = forExport(model.model.graph);
  verify(graph, name);
  const exported = { graph, metadata: model.model.metadata };
  if (!measured && writes === undefined) {
    const size = { bytes: encodedSize(exported), ...parameters };
    return { ...fresh, path: undefined, size, parity: undefined, logits: undefined, remember };
  }
  // a file with external data names it, so it is called what it will be called in the output folder
  const path = join(bench.work, String(index), basename(writes ?? "model.onnx"));
  // the graph in memory is asked, and held to the one before it, while the disk takes the file
  const held = async () => {
    const { graph: given } = model.model;
    const asked = await askGraph(bench.engine, given, feedsOf(model, bench), bench);
    const before =
      rewrite && (await checkRewrite(rewrite, { ...asked, graph: given }, { ...bench, step: name }));
    return { asked, before };
  };
  const { asked, before } = await beside(writeModel(exported, path, opTable), held());
  const { answers, logits } = await askFile(path, model, asked.feeds, bench);
  const parity = {
    ...checkParity(model.model.graph, writes ?? name, asked.answers, answers),
    ...(before && { before }),
  };
  const files = filesOf(path);
  const size = { ...(measured ? await measureFiles(files) : { bytes: bytesOf(files) }), ...parameters };
  return { ...fresh, path, size, parity, logits, remember };
}

/** What `work` gives, when `writing` has ended too: a file that is still written to cannot be taken away. */
async function beside<T>(writing: Promise<unknown>, work: Promise<T>): Promise<T> {
  const [written, worked] = await Promise.allSettled([writing, work]);
  if (worked.status === "rejected") throw worked.reason;
  if (written.status === "rejected") throw written.reason;
  return worked.value;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Whether a model's file has all its weights in it; one that has them packed is taken for one that has not. */
function holdsWeights({ path, model }: Bundle): boolean {
  const weights = [...model.graph.weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  return statSync(path).size >= weights;
}

/** An ONNX file and the data file beside it, where there is one. */
const filesOf = (path: string): readonly string[] =>
  [path, `${path}_data`].filter((file) => existsSync(file));

const bytesOf = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + statSync(file).size, 0);

/** Bytes of the model's file, without writing it. */
const encodedSize = (model: Model): number =>
  encodeModel(model, opTable).bytes.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** What a model's file would take, without writing it. */
export const sizeOf = ({ model }: Bundle): Pick<Stage["size"], "parameters" | "bytes"> => ({
  parameters: countParameters(model.graph).parameters,
  bytes: encodedSize({ graph: forExport(model.graph), metadata: model.metadata }),
});

/** What parity is checked on: items of the test set, or made-up ones. */
const feedsOf = (model: Bundle, { task, test }: Bench): Asked["feeds"] =>
  task && test ? sampleFeeds(task, test, portsOf(model.model.graph)) : probes(model);

/** What a file answers to these feeds, and to the test set. */
async function askFile(path: string, model: Bundle, feeds: Asked["feeds"], bench: Bench) {
  const { engine, threads, task, test, signal, onProgress, remember } = bench;
  const session = await engine.open(path, { threads });
  try {
    const answers = await answersOf(session, feeds);
    const options = { rows: 1, maxLength: model.maxLength, signal, onProgress };
    const logits =
      task && test ? await remember(test, 1, () => logitsOf(session, task, test, options)) : undefined;
    return { answers, logits };
  } finally {
    await session.dispose();
  }
}

const SAMPLES = 16;

/** Feeds of single items, spread over the data set. */
export function sampleFeeds(
  task: Task,
  dataset: Dataset,
  { inputs }: Pick<Ports, "inputs">,
  samples = SAMPLES,
): readonly Readonly<Record<string, Tensor>>[] {
  return spread(dataset.items, samples).map((item) =>
    feedsFor(task, [item], { rows: 1, length: item.length }, inputs),
  );
}
