// The number of classes of a config.
import { labelsOf } from "../hub/index.ts";
import { CONFIG, type Config, positive } from "./keys.ts";

/** Whether a config says which classes there are, or how many. */
export const saysClasses = (config: Config): boolean =>
  labelsOf(config, CONFIG).length > 0 || (config.num_labels !== undefined && config.num_labels !== null);

/** Number of classes; transformers leaves both keys out where there are two without names. */
export function classesOf(config: Config): number {
  const named = labelsOf(config, CONFIG).length;
  if (named > 0) return named;
  return saysClasses(config) ? positive(config, "num_labels") : 2;
}
