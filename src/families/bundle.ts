// A bundle: what a folder or file is once it is read.
import type { Assets, Tokenizer } from "../hub/index.ts";
import type { Model } from "../ir/index.ts";
import type { Family } from "./define.ts";
import type { Config } from "./keys.ts";

/** A model in memory with all that belongs to it; each compression step turns one into the next. */
export interface Bundle {
  /** Where it came from, for messages. */
  readonly path: string;
  readonly model: Model;
  /** Undefined for a graph that was not built from its config. */
  readonly family: Family | undefined;
  readonly config: Config;
  /** Longest sequence it takes, in tokens. */
  readonly maxLength: number;
  /** Class names by index; empty when the config has none. */
  readonly labels: readonly string[];
  readonly tokenizer: Tokenizer | undefined;
  /** Files that travel along beside config and tokenizer: modules.json, 1_Pooling/config.json. */
  readonly assets?: Assets;
  /** What its user is to know of it, a sentence each: a tensor that is not used, a setting that is not followed. */
  readonly warnings?: readonly string[];
}
