// The families that minnow knows; a new one is one line here.
import { albert } from "./albert.ts";
import { bert } from "./bert.ts";
import { debertaV2 } from "./deberta-v2.ts";
import type { Family } from "./define.ts";
import { distilbert } from "./distilbert.ts";
import { electra } from "./electra.ts";
import { modernbert } from "./modernbert.ts";
import { mpnet } from "./mpnet.ts";
import { camembert, roberta, xlmRoberta } from "./roberta.ts";

/** All families; `familyOf` finds one by its `modelTypes`. */
export const families: readonly Family[] = [
  bert,
  distilbert,
  roberta,
  xlmRoberta,
  camembert,
  electra,
  albert,
  mpnet,
  modernbert,
  debertaV2,
];
