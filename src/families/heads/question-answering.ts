// Two logits for each token: how well an answer begins and ends there.
import { classesOf, saysClasses } from "../classes.ts";
import { keyError } from "../keys.ts";
import { defineHead } from "./define.ts";
import { answerEach } from "./layers.ts";

export const questionAnswering = defineHead({
  name: "question-answering",
  architectures: ["ForQuestionAnswering"],
  answers: "where an answer begins and ends",
  reads: () => "all",
  build(scope, hidden, { config, sizes, layers }) {
    if (saysClasses(config) && classesOf(config) !== 2)
      throw keyError("num_labels", classesOf(config), "2: an answer has a beginning and an end");
    const both = answerEach(scope, hidden, layers, { width: sizes.hidden, answers: 2 });
    const one = (index: number) => scope.b.gather(both, scope.b.scalar(index, "i64"), 2);
    return { start_logits: one(0), end_logits: one(1) };
  },
});
