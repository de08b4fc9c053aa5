// The heads that minnow knows; a new one is one line here.
import type { Head } from "./define.ts";
import { embeddings } from "./embeddings.ts";
import { maskedLm } from "./masked-lm.ts";
import { questionAnswering } from "./question-answering.ts";
import { sequenceClassification } from "./sequence-classification.ts";
import { tokenClassification } from "./token-classification.ts";

/** All heads; `headOf` finds one by `architectures`. */
export const heads: readonly Head[] = [
  sequenceClassification,
  tokenClassification,
  questionAnswering,
  maskedLm,
  embeddings,
];
