// A row of logits for each token.
import { must } from "../../base/index.ts";
import { tokens } from "../blocks.ts";
import { classesOf } from "../classes.ts";
import { defineHead } from "./define.ts";
import { answer } from "./layers.ts";

export const tokenClassification = defineHead({
  name: "token-classification",
  architectures: ["ForTokenClassification"],
  answers: "a class for each token",
  classes: classesOf,
  reads: () => "all",
  build(scope, hidden, { config, sizes, layers }) {
    const own = must(layers, "layers of the head");
    const rows = answer(scope, hidden.rows, own, { width: sizes.hidden, answers: classesOf(config) });
    return { logits: tokens(scope, rows, hidden.shapes) };
  },
});
