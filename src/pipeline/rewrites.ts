// Rewrites: what a step made of a model, held to the model that it was given, before anything is measured on it.
import { AppError, must } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";
import { type Graph, namedWeights } from "../ir/index.ts";
import type { Rewrite } from "../methods/index.ts";
import type { Stage } from "../record/index.ts";
import { isFloat } from "../tensor/index.ts";
import { departure } from "./departure.ts";
import { type Asked, askGraph, largestDifference, largestOf, pairsOf } from "./parity.ts";

type Held = NonNullable<NonNullable<Stage["parity"]>["before"]>;

/** Largest difference allowed to what a step was given, as a share of the largest output (docs/numerics.md). */
export const allowed = { float: 1e-3, int8: 0.3 } as const;

interface Options {
  readonly engine: Engine;
  readonly threads: number;
  /** Name of the step. */
  readonly step: string;
}

/**
 * Holds a rewrite to what it stands for; `asked` is what its graph has answered already, if it is the one that was asked.
 * An AppError `gate` names the layer where the two first depart. Where many layers of integers are each a little off, and none
 * departs, that is what the format costs: the difference is then told with what was allowed. Undefined where no output is of
 * floats.
 */
export async function checkRewrite(
  rewrite: Rewrite,
  asked: Asked & { readonly graph: Graph },
  options: Options,
): Promise<Held | undefined> {
  const { expected, made, against, alike } = rewrite;
  if (typeof alike === "object") return checkZeros(rewrite, alike.zeros, options);
  const answersOf = async (graph: Graph): Promise<Asked["answers"]> =>
    (graph === asked.graph ? asked : await askGraph(options.engine, graph, asked.feeds, options)).answers;
  const worst = furthest(expected, await answersOf(expected), await answersOf(made));
  if (!worst) return undefined;
  const { maxDifference, largest } = worst;
  const held = { against, maxDifference, tolerance: allowed[alike] * largest };
  if (maxDifference <= held.tolerance) return held;
  const where = await departure({ expected, made }, must(asked.feeds[0], "feed"), options);
  if (alike === "int8" && where && !where.clear && maxDifference < largest) return held;
  throw new AppError(
    "gate",
    `its answers differ from those of ${against} by ${percent(maxDifference / largest)} of the largest, and ${percent(
      allowed[alike],
    )} is allowed${where ? `; they first depart at ${where.layer}` : ""}`,
    {
      path: options.step,
      facts: { ...held, ...(where && { layer: where.layer }) },
      hint: "leave the step out, or leave that layer as it is: the result would not be this model",
    },
  );
}

/** The output of floats that is furthest off, as a share of its largest element; 1 stands for that where all are 0. */
function furthest(
  { outputs }: Graph,
  expected: Asked["answers"],
  made: Asked["answers"],
): { readonly maxDifference: number; readonly largest: number } | undefined {
  const all = outputs
    .filter(({ value }) => isFloat(value.type.dtype))
    .map((output) => {
      const pairs = pairsOf([output], expected, made);
      return { maxDifference: largestDifference(pairs), largest: largestOf(pairs) || 1 };
    });
  const share = ({ maxDifference, largest }: (typeof all)[number]): number =>
    Number.isNaN(maxDifference) ? Number.POSITIVE_INFINITY : maxDifference / largest;
  return all.toSorted((a, b) => share(b) - share(a))[0];
}

const percent = (share: number): string =>
  Number.isFinite(share) ? `${Number((100 * share).toPrecision(3))} %` : "more than can be told";

/** All weights must be as they were, but for zeros in those that are named. */
function checkZeros({ expected, made, against }: Rewrite, names: readonly string[], { step }: Options): Held {
  const [before, after] = [namedWeights(expected), namedWeights(made)];
  const zeroed = new Set(names);
  for (const [name, tensor] of before) {
    const now = must(after.get(name), name);
    if (now === tensor) continue;
    const [was, is] = [tensor.floats, now.floats];
    const wrong = is.findIndex(
      (value, i) => !(Object.is(value, was[i]) || (value === 0 && zeroed.has(name))),
    );
    if (wrong < 0 && is.length === was.length) continue;
    throw new AppError(
      "gate",
      `${name} is not what ${against} has: element ${wrong} is ${is[wrong]}, not ${was[wrong]}`,
      {
        path: step,
        facts: { against, layer: name },
        hint: "leave the step out: the result would not be this model",
      },
    );
  }
  return { against, maxDifference: 0, tolerance: 0 };
}
