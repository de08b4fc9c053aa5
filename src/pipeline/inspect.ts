// inspect: what is inside a model, also of a file that no other command takes.
import { type AppError, isUnread } from "../base/index.ts";
import { countParameters, nonzeroOf } from "../bench/index.ts";
import { portsOf } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import type { Value } from "../ir/index.ts";
import { surveyModel } from "../onnx/index.ts";
import { opTable } from "../ops/index.ts";
import type { Tensor } from "../tensor/index.ts";
import type { InspectOptions, InspectResult, WeightInfo } from "./api.ts";
import { contextOf } from "./compress.ts";
import { openFound } from "./open.ts";
import { warn } from "./warnings.ts";
import { whichFile } from "./which-file.ts";

/** What is inside a model: inputs, outputs, ops, weights, and, of a file that minnow does not read, why. */
export async function inspectModel(options: InspectOptions): Promise<InspectResult> {
  const { cwd, emit } = contextOf(options);
  const found = whichFile(options.model, { cwd, emit, file: options.file, use: "show" });
  const about = { path: options.model, file: found.name, format: found.format };
  try {
    const model = await openFound(found);
    warn({ emit, cwd }, [model]);
    return { ...about, ...contentOf(model) };
  } catch (error) {
    if (found.form !== "onnx" || !isUnread(error)) throw error;
    return { ...about, ...(await surveyOf(found.path, error)) };
  }
}

type Content = Omit<InspectResult, "path" | "file" | "format">;

function contentOf({ model: { graph }, family, config, labels }: Bundle): Content {
  const counts = new Map<string, number>();
  for (const { op } of graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const weights = [...graph.weights].flatMap(([{ name }, tensor]) =>
    name === undefined ? [] : [weightInfo(name, tensor)],
  );
  return {
    family: family?.name,
    labels,
    ...portsOf(graph),
    ...countParameters(graph),
    bytes: bytesOf(weights),
    layers: family?.sizes(config).layers ?? [],
    ops: byCount(counts),
    weights,
  };
}

/** What a file has whose graph minnow does not build. */
async function surveyOf(path: string, { message, hint }: AppError): Promise<Content> {
  const { inputs, outputs, ops, unknown, weights: stored } = await surveyModel(path, opTable);
  const weights = stored.map(({ tensor, ...weight }) => (tensor ? weightInfo(weight.name, tensor) : weight));
  const values = stored.flatMap(({ name, tensor }): readonly (readonly [Value, Tensor])[] =>
    tensor ? [[{ name, type: { dtype: tensor.dtype, shape: tensor.shape } }, tensor]] : [],
  );
  return {
    family: undefined,
    labels: [],
    inputs,
    outputs,
    ...countParameters({ inputs: [], outputs: [], nodes: [], weights: new Map(values) }),
    bytes: bytesOf(weights),
    layers: [],
    ops: byCount(ops),
    weights,
    unread: { why: message, ...(hint !== undefined && { hint }), ops: unknown },
  };
}

const weightInfo = (name: string, tensor: Tensor): WeightInfo => ({
  name,
  dtype: tensor.dtype,
  shape: tensor.shape,
  bytes: tensor.byteLength,
  nonzero: nonzeroOf(tensor),
});

const bytesOf = (weights: readonly WeightInfo[]): number =>
  weights.reduce((sum, { bytes }) => sum + bytes, 0);

const byCount = (counts: ReadonlyMap<string, number>): InspectResult["ops"] =>
  [...counts]
    .map(([op, count]) => ({ op, count }))
    .sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1));
