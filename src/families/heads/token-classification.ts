// A row of logits for each token.
import { classesOf } from "../classes.ts";
import { defineHead } from "./define.ts";
import { answerEach } from "./layers.ts";

export const tokenClassification = defineHead({
  name: "token-classification",
  architectures: ["ForTokenClassification"],
  answers: "a class for each token",
  classes: classesOf,
  reads: () => "all",
  build: (scope, hidden, { config, sizes, layers }) => ({
    logits: answerEach(scope, hidden, layers, { width: sizes.hidden, answers: classesOf(config) }),
  }),
});
