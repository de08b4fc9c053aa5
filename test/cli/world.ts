// A fake terminal and a pipeline that notes what it was asked for, for the tests of the command line.
import { Writable } from "node:stream";
import type { Io } from "../../src/base/index.ts";
import type { Pipeline } from "../../src/pipeline/api.ts";

export interface FakeIo {
  readonly io: Io;
  /** All that was written to stdout. */
  out(): string;
  /** All that was written to stderr. */
  err(): string;
  readonly controller: AbortController;
}

interface Options {
  readonly tty?: boolean;
  readonly env?: Io["env"];
  readonly cwd?: string;
  readonly now?: () => number;
}

function sink(isTTY: boolean): { readonly stream: Io["out"]; text(): string } {
  const parts: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      parts.push(chunk.toString());
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 100 }), text: () => parts.join("") };
}

/** Streams that keep what is written; the clock stands still unless one is given. */
export function fakeIo({ tty = false, env = {}, cwd = process.cwd(), now = () => 0 }: Options = {}): FakeIo {
  const out = sink(tty);
  const err = sink(tty);
  const controller = new AbortController();
  const io: Io = { out: out.stream, err: err.stream, cwd, env, signal: controller.signal, now };
  return { io, out: out.text, err: err.text, controller };
}

/** A pipeline whose functions do what is given, and refuse everything else. */
export function fakePipeline(functions: Partial<Pipeline>): () => Promise<Pipeline> {
  const never = (): never => {
    throw new Error("the pipeline was not to be called");
  };
  const nothing: Pipeline = {
    compress: never,
    prepare: never,
    finished: never,
    dryRun: never,
    runStep: never,
    verifyFolder: never,
    exportModel: never,
    evaluateModel: never,
    benchModels: never,
    inspectModel: never,
  };
  return async () => ({ ...nothing, ...functions });
}
