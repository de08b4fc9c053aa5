// Which trial is the best: within the budget the one that is best in the goal, else the one that misses it by least.
import { type Judgement, judge, operators, type ParsedRequirement } from "../gate/index.ts";
import { inFavour, named, primaryOf, quietLatency, type RunRecord, type Stage } from "../record/index.ts";

/** "bytes", "latency", or a metric by name; where undefined, the task's metric. */
export type Goal = string | undefined;

/** One requirement of the budget on one trial. */
export interface BudgetRow extends Pick<Judgement, "text" | "verdict" | "value" | "bound" | "shown"> {
  /** Whether the estimate is on the right side of the bound, however wide its interval. */
  readonly meets: boolean;
  /** How far it is on the wrong side, as a fraction of the bound; 0 where it meets it. */
  readonly missedBy: number;
}

/** What a trial is chosen by; null is what was not measured. */
export interface Figures {
  /** By name. */
  readonly metrics: Stage["metrics"];
  readonly bytes: number;
  /** Median at the smallest batch; also null where the machine was busy. */
  readonly p50Ms: number | null;
}

export interface Scored {
  readonly figures: Figures;
  readonly budget: readonly BudgetRow[];
  readonly meets: boolean;
}

/** A trial's figures, judged by the budget; AppError `input` where a requirement is about a figure that was not measured. */
export function scoreOf(record: RunRecord, requirements: readonly ParsedRequirement[], path: string): Scored {
  const budget = requirements.map((requirement) =>
    rowOf(requirement, judge(requirement, { report: { path, record } })),
  );
  return { figures: figuresOf(record), budget, meets: budget.every(({ meets }) => meets) };
}

function rowOf(
  { operator }: ParsedRequirement,
  { text, verdict, value, bound, shown }: Judgement,
): BudgetRow {
  const { sign, strict } = operators[operator];
  // what a busy machine withheld meets no bound, and misses it by nothing that is known
  if (value === null || bound === null)
    return { text, verdict, value, bound, shown, meets: false, missedBy: 0 };
  const over = sign * (value - bound);
  const meets = strict ? over > 0 : over >= 0;
  const missedBy = meets ? 0 : Math.abs(value - bound) / Math.max(Math.abs(bound), Number.MIN_VALUE);
  return { text, verdict, value, bound, shown, meets, missedBy };
}

function figuresOf({ stages, result }: RunRecord): Figures {
  const final = stages.find(({ name }) => name === result.stage);
  const [fastest] = (final?.latency ?? []).toSorted((a, b) => a.batch - b.batch);
  return {
    metrics: final?.metrics ?? {},
    bytes: final?.size.bytes ?? 0,
    p50Ms: quietLatency(fastest)?.p50Ms ?? null,
  };
}

/** The requirement that a trial misses by most; undefined where it meets all. */
export const worstOf = ({ budget }: Scored): BudgetRow | undefined =>
  budget.filter(({ meets }) => !meets).toSorted((a, b) => b.missedBy - a.missedBy)[0];

type Cost = (figures: Figures) => number;

/** Less is better. */
function costOf(goal: Goal): Cost {
  if (goal === "bytes") return ({ bytes }) => bytes;
  if (goal === "latency") return ({ p50Ms }) => p50Ms ?? Number.POSITIVE_INFINITY;
  return (figures) => {
    const metric = goal === undefined ? primaryOf(figures) : named(figures.metrics, goal);
    return metric ? -inFavour(metric, metric.better).value : Number.POSITIVE_INFINITY;
  };
}

/** The goal first, then the other figures: two trials that are equal in it are told apart by what they cost. */
const waysOf = (goal: Goal): readonly Cost[] => [
  costOf(goal),
  ...[undefined, "bytes", "latency"].filter((one) => one !== goal).map(costOf),
];

/** The best of the trials, the first of equals; undefined for none. */
export function bestOf<T extends Scored>(trials: readonly T[], goal: Goal): T | undefined {
  const missed = (trial: Scored): number => worstOf(trial)?.missedBy ?? 0;
  const better = (a: T, b: T): boolean => {
    const ways = [
      missed,
      ...waysOf(goal).map(
        (cost) =>
          ({ figures }: Scored) =>
            cost(figures),
      ),
    ];
    const way = ways.find((cost) => cost(a) !== cost(b));
    return way !== undefined && way(a) < way(b);
  };
  return trials.reduce<T | undefined>((best, one) => (best && !better(one, best) ? best : one), undefined);
}
