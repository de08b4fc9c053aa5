// Differences: the classes and items of a test set on which a model answers otherwise than its teacher.
import { must } from "../base/index.ts";
import type { Differences } from "../record/index.ts";
import type { Dataset } from "./define.ts";
import { argmax } from "./metrics.ts";

/** Most classes, and most examples, that are listed. */
const LISTED = 10;
/** Characters of an example's text. */
const TEXT = 200;

/** The class of the largest logit, and its probability. */
export interface Answer {
  readonly chosen: number;
  readonly probability: number;
}

/** The answer to each item, from logits [items, classes]. */
export function answersIn(logits: Float32Array, items: number): readonly Answer[] {
  const classes = logits.length / items;
  return Array.from({ length: items }, (_, i) => {
    const own = logits.subarray(i * classes, (i + 1) * classes);
    const chosen = argmax(own);
    const top = own[chosen] ?? 0;
    // the softmax of the largest logit
    return { chosen, probability: 1 / own.reduce((sum, logit) => sum + Math.exp(logit - top), 0) };
  });
}

interface ClassCount {
  readonly label: number;
  items: number;
  teacherRight: number;
  right: number;
  readonly wrong: Map<number, number>;
}

/** Where two models' answers, in the data's order, differ; undefined unless every item has a label. */
export function differencesBetween(
  { items, labels }: Pick<Dataset, "items" | "labels">,
  teacher: readonly Answer[],
  own: readonly Answer[],
): Differences | undefined {
  if (items.length === 0 || items.some(({ label }) => label === undefined)) return undefined;
  const nameOf = (label: number): string => labels[label] ?? String(label);
  const counts = countClasses(items, teacher, own);
  const [lowest] = counts.toSorted((a, b) => a.right / a.items - b.right / b.items || b.items - a.items);
  return {
    classes: fallen(counts).map((one) => ({ ...figuresOf(one, nameOf), takenFor: confused(one, nameOf) })),
    worstClass: figuresOf(must(lowest, "a class"), nameOf),
    examples: examplesOf(items, teacher, own, nameOf),
  };
}

function countClasses(
  items: Dataset["items"],
  teacher: readonly Answer[],
  own: readonly Answer[],
): readonly ClassCount[] {
  const counts = new Map<number, ClassCount>();
  items.forEach((item, i) => {
    const label = must(item.label, "label");
    const { chosen } = must(own[i], "answer");
    const one = counts.get(label) ?? { label, items: 0, teacherRight: 0, right: 0, wrong: new Map() };
    counts.set(label, one);
    one.items++;
    if (teacher[i]?.chosen === label) one.teacherRight++;
    if (chosen === label) one.right++;
    else one.wrong.set(chosen, (one.wrong.get(chosen) ?? 0) + 1);
  });
  return [...counts.values()].sort((a, b) => a.label - b.label);
}

/** Classes that fell, the farthest first; of equal ones, that with more items. */
function fallen(counts: readonly ClassCount[]): readonly ClassCount[] {
  const fall = ({ teacherRight, right, items }: ClassCount): number => (teacherRight - right) / items;
  return counts
    .filter((one) => fall(one) > 0)
    .sort((a, b) => fall(b) - fall(a) || b.items - a.items)
    .slice(0, LISTED);
}

type NameOf = (label: number) => string;

const figuresOf = ({ label, items, teacherRight, right }: ClassCount, nameOf: NameOf) => ({
  name: nameOf(label),
  items,
  teacherRight,
  right,
});

/** The wrong class given most often; of equal ones, the first in the model's order. */
function confused({ wrong }: ClassCount, nameOf: NameOf): { name: string; items: number } {
  const [first] = [...wrong].sort(([a, times], [b, others]) => others - times || a - b);
  const [label, items] = must(first, "a wrong answer");
  return { name: nameOf(label), items };
}

/** Items that only the teacher gets right, by how sure the model is of its wrong answer. */
function examplesOf(
  items: Dataset["items"],
  teacher: readonly Answer[],
  own: readonly Answer[],
  nameOf: NameOf,
): Differences["examples"] {
  const told = ({ chosen, probability }: Answer) => ({ answer: nameOf(chosen), probability });
  return items
    .map(({ text, label }, i) => ({
      text,
      label: must(label, "label"),
      theirs: must(teacher[i], "answer"),
      ours: must(own[i], "answer"),
    }))
    .filter(({ label, theirs, ours }) => theirs.chosen === label && ours.chosen !== label)
    .sort((a, b) => b.ours.probability - a.ours.probability)
    .slice(0, LISTED)
    .map(({ text, label, theirs, ours }) => ({
      text: cut(text),
      label: nameOf(label),
      teacher: told(theirs),
      result: told(ours),
    }));
}

/** At most 200 characters, none of them halved. */
function cut(text: string): string {
  // a character is at most two units, so no more of a long text need be looked at
  const letters = [...text.slice(0, 2 * TEXT + 2)];
  return letters.length <= TEXT ? text : `${letters.slice(0, TEXT - 1).join("")}…`;
}
