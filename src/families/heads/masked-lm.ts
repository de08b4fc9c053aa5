// For each token a logit for each word of the vocabulary.
import { must } from "../../base/index.ts";
import { tokens } from "../blocks.ts";
import { defineHead } from "./define.ts";
import { answer } from "./layers.ts";

export const maskedLm = defineHead({
  name: "masked-lm",
  architectures: ["ForMaskedLM"],
  answers: "a word of the vocabulary for each token",
  reads: () => "all",
  build(scope, hidden, { sizes, layers }) {
    const own = must(layers, "layers of the head");
    const rows = answer(scope, hidden.rows, own, { width: sizes.hidden, answers: sizes.vocabulary });
    return { logits: tokens(scope, rows, hidden.shapes) };
  },
});
