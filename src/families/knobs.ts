// Knobs: the sizes that a student may have of its own, and where a family's config.json keeps them.
import { type Config, positive } from "./keys.ts";

/** Bounds on what costs work or memory before the first weight is compared. */
const MOST_LAYERS = 1024;

const names = ["layers", "hidden", "heads", "intermediate"] as const;

export type KnobName = (typeof names)[number];

/** The key of config.json of each knob. */
export type KnobKeys = Readonly<Record<KnobName, string>>;

/** One size of a config. */
export interface Knob {
  /** Its key in config.json. */
  readonly key: string;
  /** Its value; an AppError `input` that names the key where it is no size. */
  read(config: Config): number;
  write(config: Config, value: number): Config;
}

export type Knobs = Readonly<Record<KnobName, Knob>>;

/** The sizes of a student. */
export type StudentShape = Readonly<Record<KnobName, number>>;

const knob = (key: string, most?: number): Knob => ({
  key,
  read: (config) => positive(config, key, most),
  write: (config, value) => ({ ...config, [key]: value }),
});

/** The knobs of a family by the keys of its config.json. */
export const knobsOf = (keys: KnobKeys): Knobs => ({
  layers: knob(keys.layers, MOST_LAYERS),
  hidden: knob(keys.hidden),
  heads: knob(keys.heads),
  intermediate: knob(keys.intermediate),
});

/** A config with other sizes; all layers alike. */
export function shrink(knobs: Knobs, config: Config, shape: StudentShape): Config {
  const { minnow: _, ...plain } = config;
  const sized = names.reduce<Config>((written, name) => knobs[name].write(written, shape[name]), plain);
  // a pooler is as wide as the model
  return config.pooler_hidden_size === undefined ? sized : { ...sized, pooler_hidden_size: shape.hidden };
}

/** The keys that most families of the transformers library have. */
export const usualKeys: KnobKeys = {
  layers: "num_hidden_layers",
  hidden: "hidden_size",
  heads: "num_attention_heads",
  intermediate: "intermediate_size",
};
