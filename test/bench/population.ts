// A large test set as a population, of which samples are drawn: a simulated one, or one that was answered by real models.
import { readFileSync } from "node:fs";
import { rng } from "../../src/base/index.ts";

/** What two models answer to every item of a large test set. */
export interface Population {
  readonly name: string;
  readonly labels: readonly number[];
  readonly teacher: readonly number[];
  readonly answers: readonly number[];
  /** Probability of each answer. */
  readonly confidence: readonly number[];
  /** Divergence of the teacher's classes from the model's, item by item. */
  readonly kl: readonly number[];
}

const ITEMS = 4000;
const CLASSES = 20;

/** A model that is right nine times in ten, too sure of itself, and whose divergences are skewed. */
export function simulated(): Population {
  const draw = rng(17, "population");
  const labels = Array.from({ length: ITEMS }, () => draw.below(CLASSES));
  const other = (label: number): number => (label + 1 + draw.below(CLASSES - 1)) % CLASSES;
  const sure = labels.map(() => 1 - 0.6 * draw.next() ** 3);
  const teacher = labels.map((label) => (draw.next() < 0.94 ? label : other(label)));
  const answers = labels.map((label, i) => {
    if (draw.next() < 0.06) return other(label);
    return draw.next() < (sure[i] ?? 1) + 0.05 ? (teacher[i] ?? label) : other(label);
  });
  const kl = answers.map((answer, i) => Math.exp((answer === teacher[i] ? -3 : -0.5) + 0.8 * draw.normal()));
  return { name: "simulated", labels, teacher, answers, confidence: sure, kl };
}

/** Those of a file, which `npm run evidence -- --only coverage` writes; none where no file is named. */
export const answeredIn = (path: string | undefined): readonly Population[] =>
  path ? JSON.parse(readFileSync(path, "utf8")) : [];
