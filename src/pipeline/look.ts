// export, eval, bench and inspect: what is done with a model without compressing it.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { must, parseOptions, rng } from "../base/index.ts";
import {
  describeMachine,
  measureFiles,
  measureLatency,
  metricInterval,
  openWatch,
  pairedDifference,
  proportion,
  skewedMean,
} from "../bench/index.ts";
import { openEngine, type Session } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import { noTokenizer } from "../hub/index.ts";
import { writeModel } from "../onnx/index.ts";
import { opTable } from "../ops/index.ts";
import { forExport } from "../passes/index.ts";
import { type Dataset, logitsOf, measure, score, taskNamed } from "../tasks/index.ts";
import type {
  BenchOptions,
  BenchResult,
  BenchRow,
  EvaluateOptions,
  EvaluateResult,
  ExportOptions,
  ExportResult,
  MetricResult,
} from "./api.ts";
import { benchSizes } from "./bench-sizes.ts";
import { contextOf } from "./compress.ts";
import { checkModel, openFound, openModel } from "./open.ts";
import { openWork, writeOutput } from "./output.ts";
import { answersOf, askGraph, checkParity } from "./parity.ts";
import { probes } from "./probe.ts";
import { checkOutput } from "./target.ts";
import { warn } from "./warnings.ts";
import { type Choice, whichFile } from "./which-file.ts";

/** Writes a Hugging Face folder as ONNX, with parity checked; returns what was written. */
export async function exportModel(options: ExportOptions): Promise<ExportResult> {
  const start = performance.now();
  const { cwd, threads, signal, emit } = contextOf(options);
  const output = resolve(cwd, options.output);
  const recipe = { path: "minnow export", text: "" };
  checkOutput(
    { output, model: resolve(cwd, options.folder), recipe, folder: cwd },
    { force: options.force, cwd },
  );
  const model = await openModel(options.folder, { cwd, emit, file: options.file, use: "change" });
  warn({ emit, cwd }, [model]);
  const { work, release } = openWork(output, emit);
  try {
    const path = join(work, "model.onnx");
    await writeModel({ graph: forExport(model.model.graph), metadata: model.model.metadata }, path, opTable);
    const engine = await openEngine();
    const { graph } = model.model;
    const { feeds, answers: expected } = await askGraph(engine, graph, probes(model), { threads });
    const session = await engine.open(path, { threads });
    const answers = await answersOf(session, feeds).finally(() => session.dispose());
    const parity = checkParity(graph, path, expected, answers);
    signal.throwIfAborted();
    const places = await writeOutput(output, { models: new Map([["onnx/model.onnx", path]]), float: model });
    const files = places.map((place) => ({ path: place, bytes: statSync(join(output, place)).size }));
    return { output, files, parity, seconds: (performance.now() - start) / 1000 };
  } finally {
    release();
  }
}

/** Runs `use` with an ONNX file of the model: the one that is there, or a temporary export; and the name of what was read. */
async function withFile<T>(
  path: string,
  choice: Omit<Choice, "use">,
  use: (file: string, model: Bundle, name: string) => Promise<T>,
): Promise<T> {
  const found = whichFile(path, { ...choice, use: "run" });
  const model = await openFound(found);
  if (found.form === "onnx") return use(found.path, model, found.name);
  const folder = mkdtempSync(join(tmpdir(), "minnow-"));
  try {
    const written = join(folder, "model.onnx");
    await writeModel({ graph: forExport(model.model.graph), metadata: {} }, written, opTable);
    return await use(written, model, found.name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Answered {
  readonly dataset: Dataset;
  readonly model: Bundle;
  readonly logits: Float32Array;
  /** The file that was read. */
  readonly file: string;
}

/** Scores a model on a data file, and against a second model on the same items. */
export async function evaluateModel(options: EvaluateOptions): Promise<EvaluateResult> {
  const start = performance.now();
  const { cwd, threads, signal, emit } = contextOf(options);
  const engine = await openEngine();
  const task = taskNamed(options.task);
  const params = parseOptions(task.params, options.params, "evaluate.params");
  const answer = (path: string, named?: string): Promise<Answered> =>
    withFile(path, { cwd, emit, file: named }, async (file, model, name) => {
      const { tokenizer, labels, maxLength, config } = model;
      if (!tokenizer) throw noTokenizer(model.path);
      checkModel(task, model);
      const whole = await task.load(options.data, params, {
        model: path,
        config,
        tokenizer,
        labels,
        maxLength,
        folder: cwd,
        labelled: true,
        signal,
      });
      const dataset = { ...whole, items: whole.items.slice(0, options.items) };
      const session = await engine.open(file, { threads });
      const id = `eval ${path}`;
      emit({ kind: "start", id, title: id });
      const onProgress = (done: number, total: number): void =>
        emit({ kind: "progress", id, done, total, unit: "items" });
      const logits = await logitsOf(session, task, dataset, {
        rows: options.batch ?? 1,
        maxLength,
        signal,
        onProgress,
      }).finally(() => session.dispose());
      emit({ kind: "done", id, seconds: (performance.now() - start) / 1000 });
      return { dataset, model, logits, file: name };
    });
  const metricsOf = ({ dataset, logits }: Answered): readonly MetricResult[] => {
    const labels = dataset.items.map(({ label }) => label);
    const correct = score(logits, labels).correct ?? [];
    const others = Object.entries(measure(task, logits, labels)).filter(([name]) => name !== "accuracy");
    const intervalOf = (name: string) =>
      metricInterval(
        labels.length,
        new Set(labels).size,
        (item) => measure(task, logits, labels, item)[name] ?? Number.NaN,
        rng(0, "eval", name),
      );
    return [
      {
        name: "accuracy",
        unit: "share",
        ...proportion(
          correct.reduce((sum, one) => sum + one, 0),
          correct.length,
        ),
      },
      ...others.map(
        ([name, value]): MetricResult => ({
          name,
          unit: "share",
          value,
          ...intervalOf(name),
          n: labels.length,
        }),
      ),
    ];
  };
  const own = await answer(options.model, options.file);
  const other = options.against === undefined ? undefined : await answer(options.against);
  const warnings = warn({ emit, cwd }, [own.model, own.dataset, other?.model, other?.dataset]);
  return {
    model: options.model,
    file: own.file,
    data: options.data,
    ...(warnings.length > 0 && { warnings }),
    items: own.dataset.items.length,
    metrics: metricsOf(own),
    ...(other && {
      against: {
        model: must(options.against, "against"),
        metrics: metricsOf(other),
        paired: paired(own, other),
      },
    }),
    seconds: (performance.now() - start) / 1000,
  };
}

function paired(own: Answered, other: Answered): readonly MetricResult[] {
  const scores = score(
    own.logits,
    own.dataset.items.map(({ label }) => label),
    other.logits,
  );
  const theirs = score(
    other.logits,
    other.dataset.items.map(({ label }) => label),
  );
  const agreement = scores.agreement ?? [];
  const difference = pairedDifference(
    (scores.correct ?? []).map(Boolean),
    (theirs.correct ?? []).map(Boolean),
  );
  const { lost: _lost, gained: _gained, ...interval } = difference;
  return [
    {
      name: "agreement",
      unit: "share",
      ...proportion(
        agreement.reduce((sum, one) => sum + one, 0),
        agreement.length,
      ),
    },
    { name: "kl", unit: "nats", ...skewedMean(scores.kl ?? []) },
    { name: "difference", unit: "share", ...interval },
  ];
}

/** Latency of models side by side, in turns, on probe inputs of one length; speed-ups are over the first model. */
export async function benchModels(options: BenchOptions): Promise<BenchResult> {
  const { cwd, threads, signal, emit } = contextOf(options);
  const { models, budget = 10 } = options;
  const engine = await openEngine();
  const rows: BenchRow[] = [];
  const opened: {
    readonly name: string;
    readonly read: string;
    readonly session: Session;
    readonly model: Bundle;
    readonly bytes: number;
  }[] = [];
  const open = async (rest: readonly string[]): Promise<void> => {
    const [path, ...more] = rest;
    if (path === undefined) {
      const { batches, sequence } = benchSizes(opened, options);
      for (const batch of batches) rows.push(...(await benchBatch(batch, sequence)));
      return;
    }
    await withFile(path, { cwd, emit, file: options.file }, async (file, model, read) => {
      const session = await engine.open(file, { threads });
      opened.push({ name: path, read, session, model, bytes: (await measureFiles([file])).bytes });
      await open(more).finally(() => session.dispose());
    });
  };
  const benchBatch = async (batch: number, sequence: number): Promise<readonly BenchRow[]> => {
    const variants = opened.map(({ name, session, model }) => {
      const [feeds] = probes(model, [sequence], batch);
      return { name, run: async () => void (await session.run(must(feeds, "feeds"))) };
    });
    const lengths = [Array.from({ length: batch }, () => sequence)];
    const results = await measureLatency(variants, {
      batch,
      lengths,
      budgetMs: (1000 * budget) / models.length,
      watch,
      signal,
    });
    return results.map(({ name, latency }, i) => {
      const { runs, p50Ms, p90Ms, p95Ms, throughput, intervals, speedup, busy } = latency;
      return {
        model: name,
        file: must(opened[i], "model").read,
        batch,
        sequence,
        runs,
        p50Ms,
        p90Ms,
        p95Ms,
        throughput,
        ...(intervals && { intervals }),
        ...(speedup && { speedup }),
        ...(busy && { busy }),
        bytes: must(opened[i], "model").bytes,
      };
    });
  };
  const watch = await openWatch(engine, threads);
  await open(models).finally(() => watch.dispose());
  const { cpu, cores } = await describeMachine(engine, threads);
  return { machine: { cpu, cores, threads, engine: `${engine.name} ${engine.version}` }, rows };
}
