// Opening a model argument: a Hugging Face folder, a minnow output folder, or an ONNX file.
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError, asObject, contained, type Json, parseJson } from "../base/index.ts";
import { portsOf } from "../engine/index.ts";
import { type LoadedModel, loadCheckpoint } from "../families/index.ts";
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

export type ModelFormat = "huggingface" | "minnow" | "onnx";

/** Longest sequence that a graph without a config is given, in tokens. */
const DEFAULT_LENGTH = 512;

/** What a path holds; an AppError `input` when there is nothing there. */
export function formatOf(path: string): ModelFormat {
  if (!existsSync(path)) throw new AppError("input", "there is no such file or folder", { path });
  if (!statSync(path).isDirectory()) return "onnx";
  return existsSync(join(path, "report.json")) ? "minnow" : "huggingface";
}

/** The model with its float weights, ready to be compressed. */
export async function openModel(path: string, cwd: string, options: OpenOptions = {}): Promise<LoadedModel> {
  const full = resolve(cwd, path);
  if (formatOf(full) === "onnx") return openFile(full, options);
  return loadCheckpoint(await openCheckpoint(full, options), opTable);
}

/** An ONNX file, with config and tokenizer where they lie beside it or one folder up. */
export async function openFile(path: string, options: OpenOptions = {}): Promise<LoadedModel> {
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
export function checkModel(task: Task, { path, model, labels }: LoadedModel): void {
  try {
    checkPorts(task, portsOf(model.graph), labels.length);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const { kind, message, facts, hint } = cause;
    throw new AppError(kind, message, { path, facts, ...(hint !== undefined && { hint }), cause });
  }
}

/** What transformers.js cannot do with a config that names no kind of model. */
const typeWarnings = ({ model_type: type }: LoadedModel["config"]): readonly string[] =>
  typeof type === "string"
    ? []
    : [
        "config.json has no model_type, so transformers.js does not load a folder with it; ONNX Runtime needs none",
      ];

/** The ONNX file that a user of the path would run: the file itself, or a folder's result; undefined where it must be exported first. */
export function runnableFile(path: string): string | undefined {
  const format = formatOf(path);
  if (format === "onnx") return path;
  if (format === "minnow") {
    const report = join(path, "report.json");
    const place = resultFile(parseJson(readFileSync(report, "utf8"), report));
    if (place !== undefined && existsSync(contained(path, place, "the result's file", report)))
      return join(path, place);
  }
  const float = join(path, "onnx", "model.onnx");
  return existsSync(float) ? float : undefined;
}

function resultFile(report: Json): string | undefined {
  const stages = asObject(report)?.stages;
  const last = Array.isArray(stages) ? asObject(stages.at(-1)) : undefined;
  const file = last?.file;
  return typeof file === "string" ? file : undefined;
}

/** Name of a model for titles: its folder, or its file without the ending. */
export const modelName = (path: string): string => basename(path).replace(/\.onnx$/, "");
