// Which file a model argument means: one rule for all commands (docs/decisions/017-which-file.md).
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  AppError,
  asObject,
  contained,
  type Emit,
  fileError,
  parseJson,
  readRegular,
  toldPath,
} from "../base/index.ts";
import type { ModelFormat } from "./api.ts";

/** Where the float model lies in a folder that minnow wrote. */
export const FLOAT_FILE = "onnx/model.onnx";
const CHECKPOINTS = ["model.safetensors", "model.safetensors.index.json"];
const REPORT = "report.json";

/** What is done with the model: it is run as it would be deployed, changed (which begins with float weights), or shown. */
export type Use = "run" | "change" | "show";

export interface ModelFile {
  /** An ONNX file, or the folder whose safetensors are read. */
  readonly path: string;
  readonly form: "onnx" | "checkpoint";
  readonly format: ModelFormat;
  /** The file that is read, as it is told. */
  readonly name: string;
}

export interface Choice {
  readonly cwd: string;
  /** A file of the folder that is meant in place of what the rule takes: "onnx/model_quantized.onnx". */
  readonly file?: string | undefined;
  readonly use: Use;
  /** Is told which file is read. */
  readonly emit?: Emit | undefined;
}

/**
 * The file of a path: the path itself where it is a file; of a folder its result, as its report names it, else its
 * safetensors, else its ONNX file. AppError `input` where nothing is there, `usage` where several are as good, and where float
 * weights are needed and the result has none; both say which files can be named.
 */
export function whichFile(given: string, { cwd, file, use, emit }: Choice): ModelFile {
  const full = resolve(cwd, given);
  const path = toldPath(full, cwd);
  const found = isFolderAt(full, path) ? inFolder(full, file, use, path) : asFile(full, file, path);
  const name = toldPath(found.name, cwd);
  emit?.({ kind: "note", level: "info", message: `reading ${name}` });
  return { ...found, name };
}

/** Whether the path is a folder; AppError `input` where nothing is there, or cannot be seen. */
function isFolderAt(full: string, path: string): boolean {
  try {
    return statSync(full).isDirectory();
  } catch (cause) {
    throw fileError(cause, path, "the model cannot be read");
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function asFile(full: string, file: string | undefined, path: string): ModelFile {
  if (file !== undefined)
    throw new AppError("usage", `${path} is a file already; a file of a folder is named`, { path: "--file" });
  return fileAt(full, "onnx");
}

/** The file at an absolute path: safetensors are read with what lies beside them. */
const fileAt = (full: string, format: ModelFormat): ModelFile =>
  CHECKPOINTS.includes(basename(full))
    ? { path: dirname(full), form: "checkpoint", format: formatOf(dirname(full)), name: full }
    : { path: full, form: "onnx", format, name: full };

/** What a folder is known as: minnow's by its report. */
const formatOf = (folder: string): ModelFormat =>
  existsSync(join(folder, REPORT)) ? "minnow" : "huggingface";

/** An ONNX file in a folder that has nothing else of a model is just that. */
const bareFormat = (folder: string): ModelFormat =>
  existsSync(join(folder, "config.json")) ? formatOf(folder) : "onnx";

function inFolder(folder: string, file: string | undefined, use: Use, path: string): ModelFile {
  const format = formatOf(folder);
  if (file !== undefined) {
    const full = contained(folder, file, "the file", "--file");
    if (existsSync(full)) return fileAt(join(folder, file), format);
    throw new AppError("input", `${path} has no ${file}`, { path: "--file", ...named(folder, path) });
  }
  const result = format === "minnow" ? resultOf(folder) : undefined;
  const weights = CHECKPOINTS.map((name) => join(folder, name)).find((name) => existsSync(name));
  if (result === undefined) {
    if (weights !== undefined) return fileAt(weights, format);
    const found = onnxOf(folder, path);
    if (found) return { ...found, format: bareFormat(folder) };
    return { path: folder, form: "checkpoint", name: folder, format };
  }
  if (use === "run" || (use === "show" && result !== FLOAT_FILE)) return fileAt(join(folder, result), format);
  // the same weights, with the family that they belong to
  if (result === FLOAT_FILE) return fileAt(weights ?? join(folder, result), format);
  throw new AppError("usage", `its result is ${result}, which is quantized, and float weights are needed`, {
    path,
    ...named(folder, path, (one) => one !== result),
  });
}

/** The result's file of a report, where it is there. */
function resultOf(folder: string): string | undefined {
  const report = join(folder, REPORT);
  const stages = asObject(parseJson(readRegular(report).toString("utf8"), report))?.stages;
  const last = Array.isArray(stages) ? asObject(stages.at(-1)) : undefined;
  const place = last?.file;
  if (typeof place !== "string") return undefined;
  return existsSync(contained(folder, place, "the result's file", report)) ? place : undefined;
}

/** The ONNX file of a folder without safetensors: the float one, whatever its name, or the only one. */
function onnxOf(folder: string, path: string): Pick<ModelFile, "path" | "form" | "name"> | undefined {
  const all = onnxFiles(folder);
  const found = [FLOAT_FILE, "model.onnx"].find((place) => all.includes(place)) ?? floatOf(all) ?? all[0];
  if (found === undefined) return undefined;
  if (all.length > 1 && basename(found) !== "model.onnx" && found !== floatOf(all))
    throw new AppError("usage", "it has several ONNX files, and none is model.onnx", {
      path,
      ...named(folder, path),
    });
  const full = join(folder, found);
  return { path: full, form: "onnx", name: full };
}

/** Ends of names that say a number format, as transformers.js has them. */
const formatEnd = /_(quantized|int8|uint8|fp16|bnb4|q4|q4f16|q8)\.onnx$/;

/** The float file of which all others are other number formats: encoder.onnx beside encoder_fp16.onnx. */
function floatOf(all: readonly string[]): string | undefined {
  const bases = new Set(all.map((place) => place.replace(formatEnd, ".onnx")));
  const [base] = bases;
  return bases.size === 1 && base !== undefined && all.includes(base) ? base : undefined;
}

function onnxFiles(folder: string): readonly string[] {
  const inside = (part: string): string[] =>
    isFolder(join(folder, part)) ? readdirSync(join(folder, part)).map((name) => join(part, name)) : [];
  return [...inside(""), ...inside("onnx")].filter((name) => name.endsWith(".onnx")).sort();
}

/** The hint that names the files that could be meant. */
function named(
  folder: string,
  path: string,
  fits: (place: string) => boolean = () => true,
): { readonly hint?: string } {
  const places = [...CHECKPOINTS.filter((name) => existsSync(join(folder, name))), ...onnxFiles(folder)];
  const [first, ...more] = places.filter(fits);
  if (first === undefined) return {};
  const others = more.length > 0 ? `; there is also ${more.join(", ")}` : "";
  return { hint: `name a file, with --file ${first} or as ${join(path, first)}${others}` };
}
