// A row of logits for each text: one class, several, or a number, as problem_type says.
import { must } from "../../base/index.ts";
import { classesOf } from "../classes.ts";
import { defineHead } from "./define.ts";
import { answer } from "./layers.ts";
import { meanOfTokens } from "./pooling.ts";

export const sequenceClassification = defineHead({
  name: "sequence-classification",
  architectures: ["ForSequenceClassification"],
  answers: "a row of logits for each text",
  classes: classesOf,
  reads: ({ layers }) => (layers?.pooling === "mean" ? "all" : "first"),
  build(scope, hidden, { config, sizes, layers, ports }) {
    const own = must(layers, "layers of the head");
    const rows = own.pooling === "mean" ? meanOfTokens(scope, hidden, ports) : hidden.rows;
    return { logits: answer(scope, rows, own, { width: sizes.hidden, answers: classesOf(config) }) };
  },
});
