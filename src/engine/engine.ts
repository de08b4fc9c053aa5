// What minnow asks of a runtime: compile a graph (or a file that was written), run it, let it go.
import type { Graph } from "../ir/index.ts";
import type { Tensor } from "../tensor/index.ts";
import type { Ports } from "./ports.ts";

export interface CompileOptions {
  /** Threads inside an op; default: all cores. */
  readonly threads?: number;
  /** Graph optimisation of the runtime; default "all". */
  readonly optimize?: "none" | "basic" | "extended" | "all";
  /** False frees memory after each run instead of keeping it for the next; default true. */
  readonly arena?: boolean;
  /** Path prefix for a profile by operator, written when the session is disposed. */
  readonly profile?: string;
}

export interface Session extends Ports {
  /** Runs on feeds by input name; results go into the tensors of `into` where given, else into new ones. Blocks the event loop. */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    into?: Readonly<Record<string, Tensor>>,
  ): Promise<Readonly<Record<string, Tensor>>>;
  dispose(): Promise<void>;
}

/** Hardware or a library that an engine can compute with. */
export interface Provider {
  readonly name: string;
  /** Whether it came with the engine; if not, its libraries have to be installed. */
  readonly bundled: boolean;
}

export interface Engine {
  readonly name: string;
  readonly version: string;
  /** What the engine can compute with on this platform; minnow itself uses the processor. */
  providers(): readonly Provider[];
  compile(graph: Graph, options?: CompileOptions): Promise<Session>;
  /** Opens an ONNX file as the user's runtime would. */
  open(path: string, options?: CompileOptions): Promise<Session>;
}
