// A run in a process of its own, which ends with this one, and ends at a safe point when it is told to.
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { AppError, type Emit, type ErrorKind, packageFolder, type RunEvent } from "../base/index.ts";
import type { CompressOptions } from "../pipeline/index.ts";
import type { RunRecord } from "../record/index.ts";
import { ADDRESS_VARIABLE } from "./address.ts";
import { KEY_VARIABLE } from "./seal.ts";

/** What the process is asked to do: all of a run, or what the cache keeps of it. */
export interface ChildTask {
  readonly work: "compress" | "prepare";
  readonly options: Omit<CompressOptions, "emit" | "signal">;
}

/** An error as it crosses to another process or machine. */
export interface PlainError {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly path?: string;
  readonly hint?: string;
}

/** What the process has to say. */
export type ChildMessage =
  | { readonly event: RunEvent }
  | { readonly error: PlainError }
  /** `prepare` has no record. */
  | { readonly record: RunRecord | undefined };

export const plainError = ({ kind, message, path, hint }: AppError): PlainError => ({
  kind,
  message,
  ...(path !== undefined && { path }),
  ...(hint !== undefined && { hint }),
});

export const errorOf = ({ kind, message, ...details }: PlainError): AppError =>
  new AppError(kind, message, details);

export interface ChildOptions {
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** The child's script; default: the built child.js. */
  readonly entry?: string;
}

/** Does the task in a process of its own; its AppError, or `internal` where the process ended without a word. */
export function inProcess(
  task: ChildTask,
  { emit, signal, entry = join(packageFolder, "dist/search/child.js") }: ChildOptions,
): Promise<RunRecord | undefined> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = fork(entry, [], {
      execArgv: [],
      env: withoutSecrets(process.env),
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const stop = (): void => void child.kill("SIGTERM");
    signal.addEventListener("abort", stop, { once: true });
    let last: Exclude<ChildMessage, { readonly event: RunEvent }> | undefined;
    child.on("message", (message: ChildMessage) => {
      if ("event" in message) emit(message.event);
      else last = message;
    });
    child.on("error", reject);
    child.on("exit", (code, killed) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) reject(signal.reason);
      else if (!last) reject(wordless(code, killed));
      else if ("error" in last) reject(errorOf(last.error));
      else resolve(last.record);
    });
    send(child, task);
  });
}

/** A run needs neither the queue nor its key. */
const withoutSecrets = ({ [ADDRESS_VARIABLE]: _, [KEY_VARIABLE]: __, ...rest }: NodeJS.ProcessEnv) => rest;

const wordless = (code: number | null, killed: string | null): AppError =>
  killed === "SIGKILL"
    ? new AppError("resource", "the process of a run was killed", { hint: "there may be too little memory" })
    : new AppError("internal", `the process of a run ended with ${killed ?? `code ${code}`}`);

/** A child that has gone already is told by its exit. */
const send = (child: ChildProcess, task: ChildTask): void => void child.send(task, () => undefined);
