// Opening a model argument: a Hugging Face folder, a minnow output folder, or an ONNX file.
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AppError } from "../base/index.ts";
import { portsOf } from "../engine/index.ts";
import { type Bundle, loadCheckpoint } from "../families/index.ts";
import {
  finite,
  headWarnings,
  labelsOf,
  type OpenOptions,
  openCheckpoint,
  openTokenizer,
  readConfig,
} from "../hub/index.ts";
import { type Graph, verify } from "../ir/index.ts";
import { readModel } from "../onnx/index.ts";
import { opTable } from "../ops/index.ts";
import { canonical, rolesOf } from "../passes/index.ts";
import { checkPorts, portWarnings, type Task, textRoles } from "../tasks/index.ts";
import { lengthBound } from "./length.ts";
import { type Choice, type ModelFile, whichFile } from "./which-file.ts";

/** Longest sequence that a graph without a config is given, in tokens. */
const DEFAULT_LENGTH = 512;

/** How a model is opened: for what, which file of a folder, and how its tokenizer is read. */
export type ModelOptions = Choice & OpenOptions;

/** The model of a path, read from the file that `whichFile` says. */
export async function openModel(path: string, options: ModelOptions): Promise<Bundle> {
  return openFound(whichFile(path, options), options);
}

/** The model of a file that was chosen. */
export async function openFound({ path, form }: ModelFile, options: OpenOptions = {}): Promise<Bundle> {
  if (form === "onnx") return openFile(path, options);
  return loadCheckpoint(await openCheckpoint(path, options), opTable);
}

/** An ONNX file, with config and tokenizer where they lie beside it or one folder up. */
export async function openFile(path: string, options: OpenOptions = {}): Promise<Bundle> {
  const read = await readModel(path, opTable);
  const model = { ...read, graph: finiteWeights(verify(canonical(read.graph), path), path) };
  const folder = [dirname(path), dirname(dirname(path))].find((one) => existsSync(join(one, "config.json")));
  const config = folder === undefined ? {} : readConfig(folder);
  const tokenizer = folder === undefined ? undefined : await openTokenizer(folder, options, config);
  const positions = lengthBound(model.graph, config) ?? DEFAULT_LENGTH;
  return {
    path,
    model,
    family: undefined,
    config,
    maxLength: Math.min(positions, tokenizer?.maxLength ?? Number.POSITIVE_INFINITY),
    labels: folder === undefined ? [] : labelsOf(config, join(folder, "config.json")),
    tokenizer,
    warnings: [
      ...(folder === undefined
        ? []
        : [...headWarnings(config), ...typeWarnings(config)].map((words) => `${folder}: ${words}`)),
      ...(tokenizer?.warnings ?? []),
      ...(tokenizer ? portWarnings({ roles: textRoles }, portsOf(model.graph).inputs) : []),
    ],
  };
}

/** The graph whose parameters are refused, by name, when they are read and hold NaN or an infinity; masks may. */
function finiteWeights(graph: Graph, path: string): Graph {
  const roles = rolesOf(graph);
  const weights = [...graph.weights].map(
    ([value, tensor]) =>
      [value, roles.get(value) === "constant" ? tensor : finite(tensor, value.name ?? "", path)] as const,
  );
  return { ...graph, weights: new Map(weights) };
}

/** Throws an AppError `input` with the model's path where the task cannot feed it or read its answers. */
export function checkModel(task: Task, { path, model, labels }: Bundle): void {
  try {
    checkPorts(task, portsOf(model.graph), labels.length);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const { kind, message, facts, hint } = cause;
    throw new AppError(kind, message, { path, facts, ...(hint !== undefined && { hint }), cause });
  }
}

/** What transformers.js cannot do with a config that names no kind of model. */
const typeWarnings = ({ model_type: type }: Bundle["config"]): readonly string[] =>
  typeof type === "string"
    ? []
    : [
        "config.json has no model_type, so transformers.js does not load a folder with it; ONNX Runtime needs none",
      ];

/** Name of a model for titles: its folder, or its file without the ending. */
export const modelName = (path: string): string => basename(path).replace(/\.onnx$/, "");
