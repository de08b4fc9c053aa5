// Reading: an ONNX file becomes a model in the IR's dialect, or is refused with what and where.
import { AppError, busy, must, unread } from "../base/index.ts";
import { Builder, type Graph, type Model, type OpTable, type Value, verify } from "../ir/index.ts";
import { dtypes } from "../tensor/index.ts";
import { readAttribute } from "./attributes.ts";
import { opOf, refuseUnknownOps, titleOf } from "./census.ts";
import { constantTensor } from "./constants.ts";
import { type DataFolder, dataFolder } from "./external.ts";
import { NEWEST, toDialect } from "./opsets.ts";
import { inOrder } from "./order.ts";
import { located, modelBytes, parseModel, restated } from "./parse.ts";
import { dataTypeNames, type Message } from "./schema.ts";
import { alignInPlace, readTensor } from "./tensors.ts";
import { readType, Symbols } from "./types.ts";
import { toNumber } from "./wire.ts";

type GraphProto = Message<"GraphProto">;
type NodeProto = Message<"NodeProto">;

export interface ReadOptions {
  /** Folder of the model's external data; without it such data is refused. */
  readonly folder?: string;
}

/**
 * The model in an ONNX file, its weights named as there. Weights are views of the file's bytes; external
 * data is read when first asked for, from files inside the model's folder only. AppError `input` for
 * anything refused.
 */
export async function readModel(path: string, ops: OpTable): Promise<Model> {
  const bytes = await modelBytes(path);
  return busy(() => build(bytes, path, ops, dataFolder(path), true));
}

/** The model in the bytes of an ONNX file; `path` names it in errors. */
export function readModelBytes(
  bytes: Uint8Array,
  path: string,
  ops: OpTable,
  { folder }: ReadOptions = {},
): Model {
  return build(bytes, path, ops, folder === undefined ? undefined : dataFolder(`${folder}/model.onnx`));
}

/** `own`: the bytes were read for this model alone and may be moved about. */
function build(
  bytes: Uint8Array,
  path: string,
  ops: OpTable,
  folder: DataFolder | undefined,
  own = false,
): Model {
  const { model, graph: proto } = parseModel(bytes, path);
  if (own) for (const initializer of proto.initializer) alignInPlace(initializer);
  return located(path, () => {
    checkVersion(model);
    refuseUnknownOps(proto, model.functions, ops);
    const graph = verify(new Reader(ops, folder, opsetOf(model)).read(proto), path);
    const metadata = Object.fromEntries(model.metadata_props.map(({ key, value }) => [key, value]));
    return { graph, metadata };
  });
}

const damaged = "the file is damaged, or its exporter wrote no whole model; export it again";

/** Versions of the format that there are (onnx.proto, IR_VERSION). */
const irVersions = { first: 3, last: 14 } as const;

function checkVersion({ ir_version }: Message<"ModelProto">): void {
  const version = toNumber(ir_version);
  if (version >= irVersions.first && version <= irVersions.last) return;
  const { first, last } = irVersions;
  throw new AppError("input", `it is of IR version ${version}; minnow reads ${first} to ${last}`, {
    hint: damaged,
  });
}

function opsetOf({ opset_import }: Message<"ModelProto">): number {
  const own = opset_import.filter(({ domain }) => domain === "" || domain === "ai.onnx");
  const [opset, second] = new Set(own.map(({ version }) => toNumber(version)));
  if (opset === undefined)
    throw new AppError("input", "it names no opset of ONNX's own ops", { hint: damaged });
  if (second !== undefined)
    throw new AppError("input", `it is of opset ${opset} and of opset ${second}`, { hint: damaged });
  if (opset < 1)
    throw new AppError("input", `it is of opset ${opset}, which there is not`, { hint: damaged });
  if (opset <= NEWEST) return opset;
  throw unread(`it is of opset ${opset}; minnow and its ONNX Runtime read up to ${NEWEST}`, {
    hint: `export the model with an opset of at most ${NEWEST}`,
  });
}

/** Builds one graph; `#values` holds what the names of the file stand for so far. */
class Reader {
  readonly #b: Builder;
  readonly #ops: OpTable;
  readonly #folder: DataFolder | undefined;
  readonly #opset: number;
  readonly #values = new Map<string, Value>();

  constructor(ops: OpTable, folder: DataFolder | undefined, opset: number) {
    this.#b = new Builder(ops);
    this.#ops = ops;
    this.#folder = folder;
    this.#opset = opset;
  }

  read(graph: GraphProto): Graph {
    this.#inputs(graph);
    for (const node of inOrder(graph.node)) this.#node(node);
    return this.#outputs(graph);
  }

  #define(name: string, value: Value): void {
    if (name === "") throw new AppError("input", "an input or weight has no name");
    if (this.#values.has(name)) throw new AppError("input", `the name ${name} stands for two values`);
    this.#values.set(name, value);
  }

  /** Weights and inputs; an input with an initializer is a weight. */
  #inputs({ initializer, input, sparse_initializer }: GraphProto): void {
    const [sparse] = sparse_initializer;
    if (sparse) {
      throw unread(`the weight ${sparse.values?.name ?? ""} is sparse; minnow reads dense weights only`);
    }
    for (const proto of initializer) {
      const tensor = readTensor(proto, `the weight ${proto.name}`, this.#folder);
      this.#define(proto.name, this.#b.weight(proto.name, tensor));
    }
    const weights = new Set(initializer.map(({ name }) => name));
    const symbols = new Symbols();
    for (const proto of input) {
      if (weights.has(proto.name)) continue;
      const { dtype, shape } = readType(proto, symbols);
      this.#define(proto.name, this.#b.input(proto.name, dtype, shape));
    }
  }

  #node(proto: NodeProto): void {
    const inputs = proto.input.map((name) => {
      const value = name === "" ? undefined : this.#values.get(name);
      if (name === "" || value) return value;
      throw new AppError("input", `${titleOf(proto)} reads ${name}, which nothing makes`);
    });
    try {
      this.#outputsOf(proto, inputs).forEach((value, i) => {
        const name = proto.output[i] ?? "";
        if (name !== "") this.#define(name, value);
      });
    } catch (cause) {
      throw cause instanceof AppError ? restated(cause, `${titleOf(proto)}: ${cause.message}`) : cause;
    }
  }

  #outputsOf(proto: NodeProto, inputs: readonly (Value | undefined)[]): readonly Value[] {
    const op = opOf(proto);
    if (op === "Constant") return [this.#b.constant(constantTensor(proto, this.#folder))];
    const schema = must(this.#ops.schema(op), op);
    if (proto.output.length === 0) throw new AppError("input", "it has no outputs");
    const names = new Set(proto.attribute.map(({ name }) => name));
    if (names.size < proto.attribute.length) throw new AppError("input", "an attribute stands twice");
    const read = proto.attribute.map((one) => {
      const wanted = Object.hasOwn(schema.attrs, one.name) ? schema.attrs[one.name]?.kind : undefined;
      return [one.name, readAttribute(one, wanted, this.#folder)] as const;
    });
    const call = toDialect(this.#b, {
      op,
      schema,
      opset: this.#opset,
      inputs,
      outputs: proto.output.length,
      attrs: Object.fromEntries(read.map(([name, { value }]) => [name, value])),
      kinds: Object.fromEntries(read.map(([name, { kind }]) => [name, kind])),
    });
    const count = lastNamed(proto.output);
    const outputs = this.#b.opN(
      op,
      call.inputs,
      call.attrs,
      count,
      proto.name === "" ? undefined : proto.name,
    );
    if (outputs.length < count)
      throw new AppError("input", `it has ${count} outputs, the op makes ${outputs.length}`);
    return outputs;
  }

  #outputs({ output }: GraphProto): Graph {
    if (output.length === 0) throw new AppError("input", "its graph has no outputs");
    const outputs = output.map(({ name, type }) => {
      const value = this.#values.get(name);
      if (!value) throw new AppError("input", `nothing makes the output ${name}`);
      const declared = type?.tensor_type?.elem_type ?? 0;
      if (declared !== 0 && declared !== dtypes[value.type.dtype].onnx) {
        const { dtype } = value.type;
        throw new AppError(
          "input",
          `the output ${name} is declared as ${dataTypeNames[declared]}, its node makes ${dtype}`,
        );
      }
      return { name, value };
    });
    const named = Object.fromEntries(outputs.map(({ name, value }) => [name, value]));
    if (Object.keys(named).length < output.length) throw new AppError("input", "an output stands twice");
    // a record puts names that are whole numbers first; the file's order is what callers rely on
    return { ...this.#b.finish(named), outputs };
  }
}

function lastNamed(names: readonly string[]): number {
  return names.findLastIndex((name) => name !== "") + 1;
}
