// The default engine: ONNX Runtime (onnxruntime-node), imported on first use. Only this file names it.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { AppError, defect, must, packageFolder } from "../base/index.ts";
import type { Dim, Graph } from "../ir/index.ts";
import { encodeModel } from "../onnx/index.ts";
import { opTable } from "../ops/index.ts";
import { type DType, Tensor } from "../tensor/index.ts";
import type { CompileOptions, Engine, Session } from "./engine.ts";
import type { Port } from "./ports.ts";

type Ort = typeof import("onnxruntime-node");
type OrtTensor = import("onnxruntime-node").Tensor;
type OrtOptions = import("onnxruntime-node").InferenceSession.SessionOptions;

const names = {
  f32: "float32",
  f64: "float64",
  f16: "float16",
  i64: "int64",
  i32: "int32",
  i16: "int16",
  i8: "int8",
  u64: "uint64",
  u32: "uint32",
  u16: "uint16",
  u8: "uint8",
  bool: "bool",
  i4: "int4",
  u4: "uint4",
} as const satisfies Partial<Record<DType, string>>;
const byName: Readonly<Record<string, DType>> = Object.fromEntries(
  Object.entries(names).map(([dtype, name]) => [name, dtype as DType]),
);

/** ONNX Runtime on the processor; an AppError `usage` with what to install when its library does not load here. */
export async function openOrt(): Promise<Engine> {
  const ort = await load();
  const { version } = require(`${carried() ?? "onnxruntime-node"}/package.json`) as { version: string };
  return {
    name: "onnxruntime",
    version,
    providers: () => ort.listSupportedBackends().map(({ name, bundled }) => ({ name, bundled })),
    async compile(graph, options = {}) {
      const { chunks } = encodeForSession(graph);
      return session(ort, await create(ort, chunks, options, "the graph"), options, "the graph");
    },
    async open(path, options = {}) {
      return session(ort, await create(ort, path, options, path), options, path);
    },
  };
}

const require = createRequire(import.meta.url);

/** The runtime that an installed minnow carries, so that no install script is run for it; undefined in a checkout. */
function carried(): string | undefined {
  const folder = join(packageFolder, "engine");
  return existsSync(join(folder, "package.json")) ? folder : undefined;
}

/** Its builds for Linux would send what they are used for to their maker, unless the environment says otherwise when it is loaded. */
async function load(): Promise<Ort> {
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  try {
    const own = carried();
    return own === undefined ? await import("onnxruntime-node") : (require(own) as Ort);
  } catch (cause) {
    const message = (cause as Error).message.split("\n")[0] ?? "";
    throw new AppError(
      "usage",
      `ONNX Runtime does not load on ${process.platform}-${process.arch}: ${message}`,
      {
        path: /'([^']+\.node)'/.exec(message)?.[1] ?? "onnxruntime-node",
        hint: "it has libraries for linux (x64, arm64; glibc), darwin (arm64) and win32 (x64, arm64); run `npm install` again on one of these",
        cause,
      },
    );
  }
}

/** The graph as one buffer: a session takes no external files. */
function encodeForSession(graph: Graph): { readonly chunks: Uint8Array } {
  const { bytes } = encodeModel({ graph, metadata: {} }, opTable);
  const size = bytes.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  if (size >= 2 ** 31)
    throw new AppError("resource", "a graph above 2 GiB cannot be compiled from memory", {
      hint: "write it to a file with external data and open that",
    });
  if (bytes.length === 1) return { chunks: must(bytes[0], "bytes") };
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of bytes) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return { chunks: whole };
}

async function create(ort: Ort, source: Uint8Array | string, options: CompileOptions, what: string) {
  const ortOptions: OrtOptions = {
    graphOptimizationLevel: options.optimize === "none" ? "disabled" : (options.optimize ?? "all"),
    // what goes wrong is thrown too, and told once
    logSeverityLevel: 4,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(options.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profile }),
    ...(options.arena === false ? { enableCpuMemArena: false } : {}),
    extra: {
      session: {
        // a session whose threads spin on after its run takes the processor from the next session's
        force_spinning_stop: "1",
        // a graph that is run as it is answers a few questions: packing its weights would take longer than they do
        ...(options.optimize === "none" ? { disable_prepacking: "1" } : {}),
      },
    },
  };
  try {
    return await (typeof source === "string"
      ? ort.InferenceSession.create(source, ortOptions)
      : ort.InferenceSession.create(source, ortOptions));
  } catch (cause) {
    throw new AppError("input", `ONNX Runtime refuses ${what}: ${(cause as Error).message}`, { cause });
  }
}

function session(
  ort: Ort,
  inner: import("onnxruntime-node").InferenceSession,
  options: CompileOptions,
  what: string,
): Session {
  const running = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw failure(cause as Error, what);
    }
  };
  return {
    inputs: inner.inputMetadata.map(portOf),
    outputs: inner.outputMetadata.map(portOf),
    async run(feeds, into) {
      const inputs: Record<string, OrtTensor> = {};
      for (const name of inner.inputNames) inputs[name] = toOrt(ort, must(feeds[name], `feed ${name}`));
      if (!into) return read(await running(() => inner.run(inputs)));
      const fetches: Record<string, OrtTensor | null> = {};
      for (const name of inner.outputNames) fetches[name] = into[name] ? toOrt(ort, into[name]) : null;
      const results = await running(() => inner.run(inputs, fetches));
      return read(results, into);
    },
    async dispose() {
      if (options.profile !== undefined) inner.endProfiling();
      await inner.release();
    },
  };
}

/** What the runtime says when a run fails, on one line: the graph and what it is fed do not go together, or memory ends. */
function failure({ message }: Error, what: string): AppError {
  const said = message.replaceAll(/\s+/g, " ").replace(/\/onnxruntime_src\/\S+ /, "");
  const memory = /bad.?alloc|allocate|out of memory/i.test(message);
  return new AppError(memory ? "resource" : "input", `ONNX Runtime stops in ${what}: ${said}`);
}

function portOf(metadata: import("onnxruntime-node").InferenceSession.ValueMetadata): Port {
  const { name } = metadata;
  const dtype = metadata.isTensor ? byName[metadata.type] : undefined;
  if (!metadata.isTensor || !dtype) {
    const type = metadata.isTensor ? metadata.type : "no tensor";
    throw new AppError("input", `its input or output ${name} is ${type}, which minnow does not feed`);
  }
  const size = (dim: number | string, axis: number): Dim =>
    (typeof dim === "number" && dim >= 0) || (typeof dim === "string" && dim !== "") ? dim : `?${axis}`;
  return { name, dtype, shape: metadata.shape.map(size) };
}

function toOrt(ort: Ort, tensor: Tensor): OrtTensor {
  const name = (names as Readonly<Record<string, (typeof names)[keyof typeof names]>>)[tensor.dtype];
  if (!name) throw defect(`ONNX Runtime's JavaScript binding has no ${tensor.dtype} tensors`);
  return new ort.Tensor(name as "float32", tensor.data as Float32Array, tensor.shape);
}

function read(
  results: Readonly<Record<string, OrtTensor>>,
  into: Readonly<Record<string, Tensor>> = {},
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => {
      const dtype = byName[tensor.type];
      if (!dtype) throw defect(`an output of type ${tensor.type}`);
      return [name, into[name] ?? Tensor.of(dtype, tensor.dims, tensor.data as Float32Array)];
    }),
  );
}
