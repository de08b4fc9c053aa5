// Peak memory of a model, measured in a process of its own that loads the file and runs real items.
import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError, packageFolder } from "../base/index.ts";
import type { DType, Tensor } from "../tensor/index.ts";

/** A tensor as it crosses to the child process. */
export interface PlainTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** What the child process is asked to do. */
export interface MemoryTask {
  readonly model: string;
  readonly engine: string;
  readonly threads: number;
  /** One entry for each run. */
  readonly feeds: readonly Readonly<Record<string, PlainTensor>>[];
}

/** What the child process answers. */
export type MemoryAnswer = { readonly peakRssBytes: number } | { readonly error: string };

/** The model, what it is run on, and the process that does it. */
export interface MemoryOptions {
  readonly model: string;
  readonly feeds: readonly Readonly<Record<string, Tensor>>[];
  readonly threads: number;
  /** Name of the engine; default "ort". */
  readonly engine?: string;
  /** The child's script; default: the built memory-child.js. */
  readonly entry?: URL | string;
  /** Default: 120,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Bytes that a fresh Node process holds at most (code of Node and engine included) while it loads the model
 * and runs the feeds; AppError `resource` when the child fails or takes too long.
 */
export async function measurePeakRss(options: MemoryOptions): Promise<number> {
  const { model, threads, engine = "ort", feeds } = options;
  const task: MemoryTask = { model, engine, threads, feeds: feeds.map(plain) };
  const answer = await ask(task, options);
  if ("error" in answer) throw failed(options, answer.error);
  return answer.peakRssBytes;
}

const plain = (feeds: Readonly<Record<string, Tensor>>): Record<string, PlainTensor> =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape, bytes }]) => [name, { dtype, shape, bytes }]),
  );

const failed = ({ model }: MemoryOptions, why: string): AppError =>
  new AppError("resource", `its memory could not be measured: ${why}`, { path: model });

function ask(task: MemoryTask, options: MemoryOptions): Promise<MemoryAnswer> {
  const { entry = join(packageFolder, "dist/bench/memory-child.js"), timeoutMs = 120_000, signal } = options;
  const script = typeof entry === "string" ? entry : fileURLToPath(entry);
  return new Promise((resolve, reject) => {
    let answer: MemoryAnswer | undefined;
    const child = fork(script, [], {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      ...(signal && { signal }),
    });
    child.on("message", (message: MemoryAnswer) => {
      answer = message;
    });
    child.on("error", (cause) => reject(signal?.aborted ? signal.reason : failed(options, cause.message)));
    child.on("exit", (code, killed) => {
      if (answer) resolve(answer);
      else
        reject(
          failed(
            options,
            killed ? `the process was ended by ${killed}` : `the process ended with code ${code}`,
          ),
        );
    });
    child.send(task, (cause) => cause && reject(failed(options, cause.message)));
  });
}

/**
 * The most memory that this process has held so far, in bytes. On Linux this is VmHWM: the maximum of
 * getrusage also counts the parent's memory at the time of the fork (exec keeps it in signal->maxrss).
 */
export async function ownPeakRss(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return 1024 * (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes));
}
