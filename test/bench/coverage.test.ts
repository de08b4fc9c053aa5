// Coverage of the quality intervals: a large test set is the population, and samples drawn from it with replacement must hold
// its value as often as 95 % says. With MINNOW_EVIDENCE=every at length, and on the answers of real models where there are any.
import { expect, test } from "vitest";
import type { Rng } from "../../src/base/index.ts";
import { rng } from "../../src/base/index.ts";
import {
  calibrationError,
  metricInterval,
  pairedDifference,
  proportion,
  skewedMean,
} from "../../src/bench/index.ts";
import { macroF1 } from "../../src/tasks/metrics.ts";
import { answeredIn, type Population, simulated } from "./population.ts";

declare module "vitest" {
  interface TaskMeta {
    coverage?: readonly Told[];
  }
}

/** What one figure came to: printed by `npm run evidence`. */
interface Told {
  readonly population: string;
  readonly figure: string;
  readonly items: number;
  readonly draws: number;
  readonly value: number;
  readonly held: number;
  readonly below: number;
  readonly above: number;
  readonly width: number;
  readonly limits: readonly [number, number];
}

const every = process.env.MINNOW_EVIDENCE === "every";
const draws = every ? 1000 : 300;
const sizes = every ? [200, 1000] : [200];
const populations = [simulated(), ...answeredIn(process.env.MINNOW_POPULATION)];

/** 94 to 96 %, and what chance adds to so many draws in 99 of 100 cases. */
const chance = 2.5758 * Math.sqrt((0.05 * 0.95) / draws);
const limits = [0.94 - chance, 0.96 + chance] as const;
/** Items that differ, in the mean of the samples, below which counts are too coarse for an interval not to hold more often. */
const ENOUGH_DIFFER = 10;

interface Figure {
  readonly name: string;
  readonly of: (population: Population, item: Int32Array, random: Rng) => { low: number; high: number };
  readonly value: (population: Population) => number;
  /** Items of a sample of n that tell; fewer than ten make an interval of counts hold too often. */
  readonly telling?: (population: Population, n: number) => number;
  readonly fewest?: number;
}

const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;
const right = ({ answers, labels }: Population): boolean[] =>
  answers.map((answer, i) => answer === labels[i]);
const theirs = ({ teacher, labels }: Population): boolean[] =>
  teacher.map((answer, i) => answer === labels[i]);
const agrees = ({ answers, teacher }: Population): boolean[] =>
  answers.map((answer, i) => answer === teacher[i]);
const pick = <T>(values: readonly T[], item: Int32Array): T[] =>
  Array.from(item, (i) => {
    const value = values[i];
    if (value === undefined) throw new Error(`no item ${i}`);
    return value;
  });
const counted = (flags: readonly boolean[]) => proportion(flags.filter(Boolean).length, flags.length);

/** Each item's gap summed by bin of fifteen: the error of the whole population, which needs no correction. */
function binned({ confidence, ...rest }: Population): number {
  const correct = right({ confidence, ...rest });
  const sums = new Map<number, number>();
  confidence.forEach((sure, i) => {
    const bin = Math.min(14, Math.max(0, Math.ceil(sure * 15) - 1));
    sums.set(bin, (sums.get(bin) ?? 0) + Number(correct[i]) - sure);
  });
  return [...sums.values()].reduce((total, sum) => total + Math.abs(sum), 0) / confidence.length;
}

/** F1 over classes of the items in their places. */
function f1({ answers, labels }: Population, n: number, item: (place: number) => number): number {
  const state = { actual: [] as number[], predicted: [] as number[], hits: [] as number[] };
  for (let place = 0; place < n; place++) {
    // asked once: a resample draws anew each time
    const own = item(place);
    const [label = 0, answer = 0] = [labels[own], answers[own]];
    state.actual[label] = (state.actual[label] ?? 0) + 1;
    state.predicted[answer] = (state.predicted[answer] ?? 0) + 1;
    if (label === answer) state.hits[label] = (state.hits[label] ?? 0) + 1;
  }
  return macroF1.finish(state);
}

const figures: readonly Figure[] = [
  {
    name: "accuracy",
    of: (population, item) => counted(pick(right(population), item)),
    value: (population) => share(right(population)),
    telling: (population, n) => n * (1 - share(right(population))),
  },
  {
    name: "agreement",
    of: (population, item) => counted(pick(agrees(population), item)),
    value: (population) => share(agrees(population)),
    telling: (population, n) => n * (1 - share(agrees(population))),
  },
  {
    name: "difference",
    of: (population, item) => pairedDifference(pick(right(population), item), pick(theirs(population), item)),
    value: (population) => share(right(population)) - share(theirs(population)),
    telling(population, n) {
      const other = theirs(population);
      return n * share(right(population).map((own, i) => own !== other[i]));
    },
  },
  {
    name: "KL",
    of: ({ kl }, item) => skewedMean(pick(kl, item)),
    value: ({ kl }) => kl.reduce((sum, one) => sum + one, 0) / kl.length,
  },
  {
    name: "ECE",
    of: (population, item, random) =>
      calibrationError(pick(population.confidence, item), pick(right(population), item), random),
    value: binned,
  },
  {
    name: "macro F1",
    of: (population, item, random) =>
      metricInterval(
        item.length,
        new Set(pick(population.labels, item)).size,
        (place) => f1(population, item.length, (at) => item[place(at)] ?? 0),
        random,
      ),
    value: (population) => f1(population, population.labels.length, (place) => place),
    // fewer than five of a class: nothing is claimed, and held always
    fewest: 5,
  },
];

const cases = populations.flatMap((population) =>
  sizes.flatMap((items) =>
    figures.flatMap((figure) => {
      const classes = new Set(population.labels).size;
      return figure.fewest !== undefined && items < 1.2 * figure.fewest * classes
        ? []
        : [{ population, items, figure, title: `${population.name}: ${figure.name} of ${items} items` }];
    }),
  ),
);

test.for(cases)("$title", { timeout: 900_000 }, ({ population, items, figure }, { task }) => {
  const value = figure.value(population);
  let [held, below, above, width] = [0, 0, 0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const random = rng(1, "coverage", population.name, items, draw);
    const item = Int32Array.from({ length: items }, () => random.below(population.labels.length));
    const { low, high } = figure.of(population, item, random);
    if (low <= value && value <= high) held++;
    else if (high < value) below++;
    else above++;
    width += (high - low) / draws;
  }
  const few = (figure.telling?.(population, items) ?? ENOUGH_DIFFER) < ENOUGH_DIFFER;
  // the interval of a metric is widened to hold the metric, so it may hold the truth more often
  const most = few || figure.fewest !== undefined ? 1 : limits[1];
  task.meta.coverage = [
    {
      population: population.name,
      figure: figure.name,
      items,
      draws,
      value,
      held,
      below,
      above,
      width,
      limits: [limits[0], most],
    },
  ];
  expect(held / draws).toBeGreaterThanOrEqual(limits[0]);
  expect(held / draws).toBeLessThanOrEqual(most);
});
