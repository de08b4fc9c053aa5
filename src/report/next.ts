// What now: which files to deploy, code that runs them as it is pasted, and the gate's line for a build server.
import { inFavour, type RunRecord, type Stage, units } from "../record/index.ts";
import { bytes } from "./words.ts";

/** The title of the section, wherever it stands. */
export const nextTitle = "What now";

/** A file to deploy; its size where the record has it. */
export interface ShippedFile {
  readonly path: string;
  readonly bytes?: number;
}

/** What to do with a result. */
export interface Next {
  readonly files: readonly ShippedFile[];
  /** JavaScript of a module for Node, and a page; undefined where transformers.js cannot load the result. */
  readonly code?: { readonly node: string; readonly page: string };
  /** A command line with what the result holds already; undefined where nothing of it was measured. */
  readonly gate: string;
}

/** Where the code stands: the folder that has the result's in it, as seen from there, and the result's. */
export interface Place {
  /** With a slash at its end. */
  readonly parent: string;
  readonly name: string;
}

/** What the file's name means to transformers.js. */
const dtypeOf: Readonly<Record<string, string>> = {
  "onnx/model.onnx": "fp32",
  "onnx/model_fp16.onnx": "fp16",
  "onnx/model_quantized.onnx": "q8",
  "onnx/model_q4.onnx": "q4",
};

/** What now, of a record; code is meant to stand beside the result's folder unless it is told another place. */
export function nextOf(
  record: RunRecord,
  place: Place = { parent: "./", name: record.ships?.folder ?? record.name },
): Next {
  const final = record.stages.find(({ name }) => name === record.result.stage);
  const files =
    record.ships?.files ?? (final?.file === undefined ? [] : [{ path: final.file, bytes: final.size.bytes }]);
  const dtype = dtypeOf[final?.file ?? ""];
  const loads =
    record.ships?.files.some(({ path }) => path === "tokenizer.json") ?? record.task !== undefined;
  return {
    files,
    ...(dtype !== undefined &&
      loads && { code: codeFor(record.task ?? "text-classification", place, dtype) }),
    gate: gateLine(record, final, `${place.parent}${place.name}`.replace(/^\.\//, "")),
  };
}

/** A text of JavaScript that closes no script of a page. */
const quoted = (text: string): string => JSON.stringify(text).replace(/</g, "\\u003c");

function codeFor(task: string, { parent, name }: Place, dtype: string) {
  const load = `Object.assign(env, { localModelPath: ${quoted(parent)}, allowLocalModels: true, allowRemoteModels: false });
const run = await pipeline(${quoted(task)}, ${quoted(name)}, { dtype: ${quoted(dtype)} });`;
  return {
    node: `import { env, pipeline } from "@huggingface/transformers";

${load}
console.log(await run("a text"));`,
    page: `<pre></pre>
<script type="module">
import { env, pipeline } from "./node_modules/@huggingface/transformers/dist/transformers.min.js";

env.backends.onnx.wasm.wasmPaths = location.href.replace(/[^/]*$/, "node_modules/onnxruntime-web/dist/");
${load}
document.querySelector("pre").textContent = JSON.stringify(await run("a text"), null, 2);
</script>`,
  };
}

/** What holds of this result, a little above it: what the next one has to hold as well. */
function gateLine({ result }: RunRecord, final: Stage | undefined, folder: string): string {
  const requirements = [
    ...qualityKept(result),
    ...(final === undefined ? [] : [`bytes <= ${roundedUp(final.size.bytes)}`]),
  ];
  return ["npx minnow gate", shellWord(folder), ...requirements.map((one) => `--require "${one}"`)].join(" ");
}

/** The task's metric, less the smallest of the usual losses that its interval lies within. */
function qualityKept({ difference: pair }: RunRecord["result"]): readonly string[] {
  const { scale, allowed } = units[pair?.unit ?? "plain"];
  if (!pair || !allowed) return [];
  const { low } = inFavour(pair, pair.better);
  const lost = allowed.steps.find((one) => scale * low >= -one);
  const words = pair.better === "higher" ? ">= teacher -" : "<= teacher +";
  return lost === undefined ? [] : [`${pair.metric} ${words} ${lost}${allowed.unit}`];
}

/** A size with two digits that is not below what it is given: "440 kB" of 430,274. */
function roundedUp(size: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, size))) - 1);
  const up = Math.ceil(size / step) * step;
  const [unit, factor] =
    up >= 1e9 ? ["GB", 1e9] : up >= 1e6 ? ["MB", 1e6] : up >= 1e3 ? ["kB", 1e3] : ["B", 1];
  return `${Number((up / Number(factor)).toPrecision(3))} ${unit}`;
}

const shellWord = (text: string): string =>
  /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** "onnx/model_quantized.onnx (430 kB), config.json (4.2 kB)". */
export const filesLine = (files: readonly ShippedFile[]): string =>
  files.map(({ path, bytes: size }) => (size === undefined ? path : `${path} (${bytes(size)})`)).join(", ");
