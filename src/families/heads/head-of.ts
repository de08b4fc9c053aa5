// Which head a config.json means: by the class that `architectures` names, else by what else it says.
import { AppError, suggestion } from "../../base/index.ts";
import { type Assets, MODULES } from "../../hub/index.ts";
import { saysClasses } from "../classes.ts";
import type { Family } from "../define.ts";
import { CONFIG, type Config } from "../keys.ts";
import type { Head } from "./define.ts";
import type { HeadLayers, HeadName } from "./layers.ts";
import { heads } from "./list.ts";

/** Classes that are a body with heads for its first training alone; the body is what is used of them. */
const PRETRAINING = "ForPreTraining";

const headNamed = (name: HeadName): Head | undefined => heads.find((head) => head.name === name);

/** The classes that a config names. */
export const architecturesOf = ({ architectures }: Config): readonly string[] =>
  Array.isArray(architectures) ? architectures.filter((one) => typeof one === "string") : [];

/**
 * The head of a config; undefined where `architectures` names none that minnow knows. A folder of sentence-transformers gives
 * vectors, whatever the model was trained for; without `architectures`, a config that says its classes is a classifier of texts.
 */
export function headOf(config: Config, assets: Assets = new Map()): Head | undefined {
  if (assets.has(MODULES)) return headNamed("embeddings");
  const named = architecturesOf(config);
  if (named.length === 0) return headNamed(saysClasses(config) ? "sequence-classification" : "embeddings");
  const ends = (head: Head) => [...head.architectures, ...(head.name === "embeddings" ? [PRETRAINING] : [])];
  return heads.find((head) => named.some((one) => ends(head).some((end) => one.endsWith(end))));
}

/** The head of a family's model; an AppError `input` where minnow has no such head for it. */
export function headFor(family: Family, config: Config, assets?: Assets): Head {
  const head = headOf(config, assets);
  if (head && (head.name === "embeddings" || family.heads[head.name])) return head;
  const [named = ""] = architecturesOf(config);
  const known = heads
    .filter(({ name }) => name === "embeddings" || family.heads[name])
    .map(({ architectures: [end = ""] }) => `${family.className}${end}`);
  const near = suggestion(named, known);
  throw new AppError("input", `architectures is ${JSON.stringify(named)}, a head that minnow does not know`, {
    path: CONFIG,
    facts: { key: "architectures", known },
    hint: `${near ?? `known: ${known.join(", ")}`}; an ONNX export of any model can be quantized and pruned: name its file instead`,
  });
}

/** The layers of a head in a family, as a config has them; undefined where the head has none of its own. */
export const layersOf = (family: Family, { name }: Head, config: Config): HeadLayers | undefined =>
  family.heads[name]?.(config);

/** What is to be known of a head that is left out. */
export const leftOut = (config: Config): readonly string[] =>
  architecturesOf(config).some((one) => one.endsWith(PRETRAINING))
    ? [
        `${CONFIG}: architectures is ${architecturesOf(config).join(", ")}; its heads are left out, the encoder is what is read`,
      ]
    : [];
