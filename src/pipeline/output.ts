// The output folder: every file is written beside its target and synced; then all are renamed, one after the other.
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  AppError,
  contained,
  type Emit,
  fileError,
  isRunning,
  makeFolder,
  readRegular,
  takeClaim,
  writeAtomic,
} from "../base/index.ts";
import { type Bundle, checkpointTensors } from "../families/index.ts";
import { writeSafetensors } from "../hub/index.ts";
import { type RunRecord, readRecord } from "../record/index.ts";
import { formats } from "../report/index.ts";
import { LOCK_FILE, type LockInputs, listedFile, lockedFile, printLock, readLock } from "./lock.ts";

/** The run's own folder in its output folder. */
export const WORK = ".minnow";
/** Names the process that writes into the folder. */
const CLAIM = ".minnow.pid";

/** Weights before a step that was not finite, of a run that diverged. */
export const LAST_GOOD = "last-good.safetensors";

/** An output folder that this process holds. */
export interface Held {
  /** The run's own folder inside the output folder, empty. */
  readonly work: string;
  /** Removes that folder, and lets others write. */
  readonly release: () => void;
}

/**
 * Holds an output folder for this process, and makes its work folder; AppError `locked` names another run that holds it.
 * What a run that did not come to its end left there is removed, and told.
 */
export function openWork(output: string, emit: Emit = () => undefined): Held {
  const claim = takeClaim(join(output, CLAIM));
  if ("holder" in claim) {
    const { pid } = claim.holder;
    const who = pid === process.pid ? "another run of this process" : `process ${pid}`;
    throw new AppError("locked", `${who} is writing into this folder`, {
      path: output,
      facts: { pid },
      hint: "wait for it, or choose another output folder",
    });
  }
  const work = join(output, WORK);
  try {
    const message = `${work} of a run that did not come to its end was removed`;
    if (clear(output)) emit({ kind: "note", level: "info", message });
    makeFolder(work);
  } catch (cause) {
    claim.release();
    throw fileError(cause, work, "cannot be removed");
  }
  const release = (): void => {
    rmSync(work, { recursive: true, force: true });
    claim.release();
  };
  return { work, release };
}

/** Holds a folder for this process; others are refused until it is given up with what this returns. */
export const holdFolder = (output: string, emit?: Emit): (() => void) => openWork(output, emit).release;

/** Removes the work folder of an earlier run, and what its claim was made of; whether there was a work folder. */
function clear(output: string): boolean {
  const left = existsSync(join(output, WORK));
  rmSync(join(output, WORK), { recursive: true, force: true });
  for (const name of readdirSync(output)) {
    const pid = /^\.minnow\.pid\.(\d+)\.\w+\.tmp$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(output, name), { force: true });
  }
  return left;
}

export interface OutputFiles {
  /** Files of the work folder by their place in the output folder: "onnx/model.onnx". */
  readonly models: ReadonlyMap<string, string>;
  /** The last float model: its weights and config are written in Hugging Face's names. */
  readonly float: Bundle;
  /** Absent where nothing was measured (export). */
  readonly record?: RunRecord;
  /** What it was made from; with it a lock file is written. */
  readonly inputs?: LockInputs | undefined;
}

/** Puts everything in place; a crash before the renames changes nothing, one between them leaves whole files. */
export async function writeOutput(
  output: string,
  { models, float, record, inputs }: OutputFiles,
): Promise<readonly string[]> {
  const staging = join(output, WORK, "ready");
  for (const [place, path] of models) {
    moveInto(path, join(staging, place));
    if (existsSync(`${path}_data`)) moveInto(`${path}_data`, join(staging, `${place}_data`));
  }
  if (float.family) {
    await writeSafetensors(join(staging, "model.safetensors"), checkpointTensors(float), { format: "pt" });
  }
  // small files together: their syncs then share the disk's work
  const small = new Map(describing(float));
  if (record) for (const { file, render } of Object.values(formats)) small.set(file, render(record));
  await Promise.all([...small].map(([name, content]) => writeAtomic(join(staging, name), content)));
  if (inputs) {
    const outputs = filesBelow(staging).map((place) => lockedFile(join(staging, place), place));
    await writeAtomic(join(staging, LOCK_FILE), printLock(inputs, outputs));
  }
  // models of the run before that this one does not make would be taken for its own
  return putInPlace(staging, output, record ? modelsBefore(output) : []);
}

/** The config, the tokenizer's files and the assets, by their places. */
function describing(float: Bundle): ReadonlyMap<string, string | Uint8Array> {
  const files = new Map<string, string | Uint8Array>([
    ...(float.assets ?? []),
    ...(float.tokenizer?.filesFor(float.maxLength) ?? []),
  ]);
  if (Object.keys(float.config).length > 0)
    files.set("config.json", `${JSON.stringify(float.config, null, 2)}\n`);
  return files;
}

/** What running a model of the output folder needs: its file with external data, config and tokenizer. */
export function shipped(
  output: string,
  { models, float }: Pick<OutputFiles, "models" | "float">,
  place: string | undefined,
): NonNullable<RunRecord["ships"]> {
  const path = models.get(place ?? "");
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const named = path === undefined || place === undefined ? [] : [{ path: place, bytes: size(path) }];
  const data = path === undefined ? 0 : size(`${path}_data`);
  const files = [
    ...named,
    ...(data > 0 ? [{ path: `${place}_data`, bytes: data }] : []),
    ...[...describing(float)].map(([name, content]) => ({ path: name, bytes: Buffer.byteLength(content) })),
  ];
  return { folder: basename(output), files };
}

/** Renames all that was made ready into the folder, and takes away those of the files before that are not among it. */
function putInPlace(staging: string, output: string, before: readonly string[]): readonly string[] {
  const places = filesBelow(staging);
  for (const place of places) moveInto(join(staging, place), join(output, place));
  for (const place of before) if (!places.includes(place)) rmSync(join(output, place), { force: true });
  return places;
}

/** Puts files into a folder that this process holds, as a run would; models of the result before leave it. */
export async function placeFiles(
  output: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<void> {
  const staging = join(output, WORK, "ready");
  const placed = [...files].map(([place, content]) => {
    contained(output, place, "the file");
    return [contained(staging, place, "the file"), content] as const;
  });
  for (const [path, content] of placed) await writeAtomic(path, content);
  putInPlace(staging, output, modelsBefore(output));
}

/** The files of a result, by their places: what its lock lists, and the lock. */
export function filesOfResult(output: string): ReadonlyMap<string, Uint8Array> {
  const places = [...(readLock(output)?.outputs.map(({ path }) => path) ?? []), LOCK_FILE];
  return new Map(places.map((place) => [place, readRegular(listedFile(output, place))]));
}

/** The record of an output folder. */
export const recordIn = (output: string): RunRecord => readRecord(join(output, formats.json.file));

/** Model files that the report in the folder lists as its run's. */
function modelsBefore(output: string): readonly string[] {
  try {
    const files = recordIn(output).stages.flatMap(({ file }) => file ?? []);
    return files
      .filter((file) => /^onnx\/[\w.]+\.onnx$/.test(file))
      .flatMap((file) => [file, `${file}_data`]);
  } catch {
    return [];
  }
}

/** Moves a file of the work folder, which was synced when it was written. */
function moveInto(from: string, to: string): void {
  makeFolder(dirname(to));
  try {
    renameSync(from, to);
  } catch (cause) {
    throw fileError(cause, to, "cannot be written");
  }
}

/** Relative paths of all files below a folder; models before what describes them. */
function filesBelow(folder: string): readonly string[] {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return all
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort((a, b) => Number(b.startsWith("onnx")) - Number(a.startsWith("onnx")) || (a < b ? -1 : 1));
}
