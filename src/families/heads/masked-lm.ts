// For each token a logit for each word of the vocabulary.
import { defineHead } from "./define.ts";
import { answerEach } from "./layers.ts";

export const maskedLm = defineHead({
  name: "masked-lm",
  architectures: ["ForMaskedLM"],
  answers: "a word of the vocabulary for each token",
  reads: () => "all",
  build: (scope, hidden, { sizes, layers }) => ({
    logits: answerEach(scope, hidden, layers, { width: sizes.hidden, answers: sizes.vocabulary }),
  }),
});
