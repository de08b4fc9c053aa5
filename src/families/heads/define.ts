// defineHead: a head says which classes of transformers have it, which hidden states it reads, and what it answers.
import type { Assets } from "../../hub/index.ts";
import type { Value } from "../../ir/index.ts";
import type { Hidden, Ports, Reads, Scope } from "../blocks.ts";
import type { Family } from "../define.ts";
import type { Config } from "../keys.ts";
import type { Sizes } from "../sizes.ts";
import type { HeadLayers, HeadName } from "./layers.ts";

/** What a head is built from. */
export interface HeadContext {
  readonly family: Family;
  readonly config: Config;
  readonly sizes: Sizes;
  /** The layers of this head in the family; undefined where the head has none of its own. */
  readonly layers: HeadLayers | undefined;
  readonly ports: Ports;
  readonly assets: Assets;
}

export interface Head {
  readonly name: HeadName;
  /** What follows the family's name in `architectures` of config.json: "ForTokenClassification". */
  readonly architectures: readonly string[];
  /** What it gives, in words: "a class for each token". */
  readonly answers: string;
  /** The number of its answers that config.json names, for heads that have classes. */
  classes?(config: Config): number;
  /** The positions whose hidden states it reads: a body computes no others in its last layer. */
  reads(context: Omit<HeadContext, "ports">): Reads;
  /** Adds its nodes; gives the outputs of the graph by name. */
  build(scope: Scope, hidden: Hidden, context: HeadContext): Readonly<Record<string, Value>>;
}

export const defineHead = (head: Head): Head => Object.freeze(head);
