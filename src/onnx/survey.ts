// A survey of an ONNX file: what it has, read without building a graph, for files with ops that minnow does not know.
import type { OpTable } from "../ir/index.ts";
import { dtypeOfOnnx, type Tensor } from "../tensor/index.ts";
import { count, isKnown, ownOps } from "./census.ts";
import { dataFolder } from "./external.ts";
import { located, modelBytes, parseModel } from "./parse.ts";
import { dataTypeNames, type Message } from "./schema.ts";
import { readTensor } from "./tensors.ts";
import { has, toNumber } from "./wire.ts";

/** An input or output as the file declares it. */
interface Declared {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

export interface Survey {
  readonly inputs: readonly Declared[];
  readonly outputs: readonly Declared[];
  /** Nodes by op, those of nested graphs included, Constants left out. */
  readonly ops: ReadonlyMap<string, number>;
  /** Ops that minnow does not read; `own`: the file defines it as a function. */
  readonly unknown: readonly { readonly op: string; readonly count: number; readonly own: boolean }[];
  /** Initializers; those of element types that minnow does not know have no tensor. */
  readonly weights: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly bytes: number;
    readonly tensor: Tensor | undefined;
  }[];
}

/** What is in an ONNX file; an AppError `input` when it is none, or its weights do not fit their shapes. */
export async function surveyModel(path: string, ops: OpTable): Promise<Survey> {
  const { model, graph } = parseModel(await modelBytes(path), path);
  return located(path, () => {
    const counts = new Map<string, number>();
    count(graph, counts);
    counts.delete("Constant");
    const own = ownOps(model.functions);
    const stored = new Set(graph.initializer.map(({ name }) => name));
    const folder = dataFolder(path);
    return {
      inputs: graph.input.filter(({ name }) => !stored.has(name)).map(declared),
      outputs: graph.output.map(declared),
      ops: counts,
      unknown: [...counts]
        .filter(([op]) => !isKnown(op, own, ops))
        .map(([op, times]) => ({ op, count: times, own: own.has(op) })),
      weights: graph.initializer.map((proto) => {
        const dtype = dtypeOfOnnx(proto.data_type);
        const tensor = dtype && readTensor(proto, `the weight ${proto.name}`, folder);
        const shape = tensor?.shape ?? proto.dims.map(toNumber);
        const bytes = tensor?.byteLength ?? proto.raw_data.byteLength;
        return { name: proto.name, dtype: dtype ?? typeName(proto.data_type), shape, bytes, tensor };
      }),
    };
  });
}

const typeName = (number: number): string => (dataTypeNames[number] ?? `type ${number}`).toLowerCase();

function declared({ name, type }: Message<"ValueInfoProto">): Declared {
  const tensor = type?.tensor_type;
  if (!tensor) return { name, dtype: "no tensor", shape: [] };
  const size = (dim: Message<"DimensionProto">): number | string =>
    dim.dim_param !== "" ? dim.dim_param : has(dim, "dim_value") ? toNumber(dim.dim_value) : "?";
  const dtype = dtypeOfOnnx(tensor.elem_type) ?? typeName(tensor.elem_type);
  return { name, dtype, shape: tensor.shape?.dim.map(size) ?? ["..."] };
}
