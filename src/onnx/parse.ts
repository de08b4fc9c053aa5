// From a file's bytes to its ModelProto: what is not ONNX is refused, and named where it is known.
import { closeSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { AppError, fileError, fileState, openRegular } from "../base/index.ts";
import { looksLike } from "./looks.ts";
import type { Message } from "./schema.ts";
import { decode } from "./wire.ts";

/** protobuf's own limit. */
const LIMIT = 2 ** 31;

/** The bytes of a model file; an AppError when it cannot be read or is larger than protobuf allows. */
export async function modelBytes(path: string): Promise<Uint8Array> {
  const what = "the model cannot be read";
  try {
    const size = fileState(path, { what })?.size ?? 0;
    if (size >= LIMIT) {
      throw new AppError("input", `it has ${size} bytes; an ONNX file has less than 2 GiB`, {
        path,
        hint: "save the model with external data",
      });
    }
    return await readAll(path, size);
  } catch (cause) {
    throw fileError(cause, path, what);
  }
}

/** The file in as few reads as the system allows, so that other work can go on meanwhile. */
async function readAll(path: string, size: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = Buffer.allocUnsafeSlow(size);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) return bytes.subarray(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** Whether minnow wrote the ONNX file: its first fields name who did. */
export function isOwnFile(path: string): boolean {
  const { handle } = openRegular(path);
  try {
    const head = Buffer.alloc(16);
    return head.subarray(0, readSync(handle, head)).includes("\x12\x06minnow", 0, "latin1");
  } finally {
    closeSync(handle);
  }
}

/** The ModelProto in `bytes` and its graph; an AppError `input` when they are no ONNX model. */
export function parseModel(
  bytes: Uint8Array,
  path: string,
): { readonly model: Message<"ModelProto">; readonly graph: Message<"GraphProto"> } {
  const refuse = (why: string, cause?: unknown): AppError => {
    const look = looksLike(bytes);
    const hint = look?.hint ?? (cause ? "it may have been cut short; fetch or export it again" : undefined);
    return new AppError("input", `it is not an ONNX model: ${look ? `it looks like ${look.what}` : why}`, {
      path,
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
    });
  };
  if (bytes.byteLength === 0) throw refuse("it is empty");
  let model: Message<"ModelProto">;
  try {
    model = decode("ModelProto", bytes);
  } catch (cause) {
    throw refuse(
      cause instanceof RangeError ? "its bytes end too early" : "its bytes are no protobuf message",
      cause,
    );
  }
  const { graph } = model;
  if (!graph) throw refuse("it has no graph");
  if (model.opset_import.length === 0) throw refuse("it names no opset");
  return { model, graph };
}

/** Runs `work`; an AppError that names no path names this one. */
export function located<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.path !== undefined) throw cause;
    throw restated(cause, cause.message, path);
  }
}

/** The same error with another message and path. */
export const restated = (cause: AppError, message: string, path = cause.path): AppError =>
  new AppError(cause.kind, message, {
    facts: cause.facts,
    cause,
    ...(path === undefined ? {} : { path }),
    ...(cause.hint === undefined ? {} : { hint: cause.hint }),
  });
