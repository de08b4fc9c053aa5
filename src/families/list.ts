// The families that minnow knows; a new one is one line here.
import { bert } from "./bert.ts";
import type { Family } from "./define.ts";
import { distilbert } from "./distilbert.ts";
import { camembert, roberta, xlmRoberta } from "./roberta.ts";

/** All families; `familyOf` finds one by its `modelTypes`. */
export const families: readonly Family[] = [bert, distilbert, roberta, xlmRoberta, camembert];
