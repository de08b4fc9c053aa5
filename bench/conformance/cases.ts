// ONNX's node tests: a model, the tensors that go in, the tensors that come out.
import { opOf } from "../../src/onnx/census.ts";
import { parseModel } from "../../src/onnx/parse.ts";
import type { Draft } from "../../src/onnx/schema.ts";
import { readTensor, tensorChunks } from "../../src/onnx/tensors.ts";
import { decode, encode } from "../../src/onnx/wire.ts";
import type { Tensor } from "../../src/tensor/index.ts";
import { filesOf } from "./archive.ts";

export interface Case {
  /** Its folder, without "test_" in front. */
  readonly name: string;
  /** Types of its nodes, each once, Constant left out. */
  readonly ops: readonly string[];
  /** Number of its nodes, Constant left out. */
  readonly nodes: number;
  readonly model: Uint8Array;
  /** Names of the model's inputs, in its order. */
  readonly inputNames: readonly string[];
  /** Tensors in the order of the model's inputs and outputs; read when asked for. */
  readonly inputs: () => readonly Tensor[];
  readonly outputs: () => readonly Tensor[];
}

/** All cases of the archive, by name. */
export function casesOf(archive: string): readonly Case[] {
  const folders = new Map<string, Map<string, Uint8Array>>();
  for (const [path, bytes] of filesOf(archive)) {
    const found = /\/node\/test_([^/]+)\/(.+)$/.exec(path);
    if (!found) continue;
    const [, name = "", file = ""] = found;
    const folder = folders.get(name) ?? new Map<string, Uint8Array>();
    folders.set(name, folder.set(file, bytes));
  }
  return [...folders].map(([name, files]) => caseOf(name, files)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function caseOf(name: string, files: ReadonlyMap<string, Uint8Array>): Case {
  const model = files.get("model.onnx") ?? new Uint8Array(0);
  const { graph } = parseModel(model, name);
  const nodes = graph.node.map(opOf).filter((op) => op !== "Constant");
  const tensors = (kind: string) => (): readonly Tensor[] => {
    const list = [...files].filter(([file]) => file.startsWith(`test_data_set_0/${kind}_`));
    const number = (file: string): number => Number(/\d+(?=\.pb$)/.exec(file)?.[0]);
    return list
      .sort(([a], [b]) => number(a) - number(b))
      .map(([file, bytes]) => readTensor(decode("TensorProto", bytes), file, undefined));
  };
  return {
    name,
    ops: [...new Set(nodes)],
    nodes: nodes.length,
    model,
    inputNames: graph.input.map((input) => input.name),
    inputs: tensors("input"),
    outputs: tensors("output"),
  };
}

/** The model with some of its inputs given as weights. */
export function withFixed(
  bytes: Uint8Array,
  inputs: readonly Tensor[],
  fixed: (tensor: Tensor) => boolean,
): Uint8Array {
  const { model, graph } = parseModel(bytes, "the model");
  const weights = graph.input.flatMap(({ name }, i) => {
    const tensor = inputs[i];
    return tensor && fixed(tensor) ? [decode("TensorProto", Buffer.concat(tensorChunks(tensor, name)))] : [];
  });
  const whole = { ...model, graph: { ...graph, initializer: [...graph.initializer, ...weights] } };
  // what was read has null where a message is absent; such fields are left out
  return encode("ModelProto", whole as Draft<"ModelProto">);
}
