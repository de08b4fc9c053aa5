// Metrics of a record: estimates with unit, direction and role, and what readers ask of them by role, not by name.
import { z } from "zod";
import { unitNames } from "./units.ts";

const count = z.int().min(0);
const ends = { value: z.number(), low: z.number(), high: z.number() };
const ordered = ({ low, high }: { readonly low: number; readonly high: number }): boolean => low <= high;

/** An estimate with its 95 % interval. */
export const interval = z
  .strictObject(ends)
  .refine(ordered, "low is above high")
  .meta({ id: "Interval", description: "An estimate with its 95 % interval." });

const overItems = { ...ends, n: count.describe("items") };

/** An estimate over items. */
export const measured = z
  .strictObject(overItems)
  .refine(ordered, "low is above high")
  .meta({ id: "Measured", description: "An estimate over n items with its 95 % interval." });

const pair = {
  ...overItems,
  lost: count.optional().describe("items that the other model gets right and this one wrong"),
  gained: count.optional().describe("items that the other model gets wrong and this one right"),
};

/** A paired difference, in the unit of its metric. */
export const paired = z
  .strictObject(pair)
  .refine(ordered, "low is above high")
  .meta({ id: "Paired", description: "Difference of a metric on the same items, with its 95 % interval." });

const kind = {
  unit: z.enum(unitNames).describe("`share`: 0 to 1; `nats`; `correlation`: -1 to 1; `plain`: a bare number"),
  better: z.enum(["higher", "lower"]),
};

const metric = z
  .strictObject({
    ...overItems,
    ...kind,
    role: z
      .enum(["quality", "fidelity", "calibration"])
      .describe("against labels, against the teacher's answers, or of the probabilities"),
    primary: z
      .literal(true)
      .optional()
      .describe("the metric of the task, which differences are told of first"),
  })
  .refine(ordered, "low is above high")
  .meta({ id: "Metric", description: "A metric over n items with its 95 % interval." });

const metricDifference = z
  .strictObject({ ...pair, ...kind })
  .refine(ordered, "low is above high")
  .meta({
    id: "Difference",
    description: "Difference of a metric on the same items, with its 95 % interval.",
  });

/** Names that a requirement can spell. */
export const metricName = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,39}$/, "it is no name of a metric");

/** Metrics of a stage, by name; one of them at most is primary. */
export const metricMap = z
  .record(metricName, metric)
  .refine(
    (all) => Object.values(all).filter(({ primary }) => primary).length <= 1,
    "two metrics are primary",
  );

/** Paired differences of metrics, by name. */
export const differenceMap = z.record(metricName, metricDifference);

/** A metric that figures beside the stages are of. */
export const metricKind = z.strictObject({ name: metricName, ...kind });

/** The difference of the primary metric. */
export const namedDifference = z
  .strictObject({ metric: metricName, ...pair, ...kind })
  .refine(ordered, "low is above high");

/** A metric of one stage. */
export type Metric = Readonly<z.infer<typeof metric>>;
/** A paired difference of a metric. */
export type Difference = Readonly<z.infer<typeof metricDifference>>;
/** What figures are of: name, unit and direction. */
export type MetricKind = Readonly<z.infer<typeof metricKind>>;

/** A metric as its task describes it; what is measured of it is an estimate. */
export interface MetricInfo extends MetricKind {
  readonly role: Metric["role"];
  /** One metric of a task is. */
  readonly primary?: true;
  /** What it is and how it is measured, a sentence or two for a reader who is no specialist. */
  readonly about: string;
}

/** What figures beside the stages say of their metric. */
export const kindOf = ({ name, unit, better }: MetricKind): MetricKind => ({ name, unit, better });

/** Estimates as the record has them: each under its metric's name, with unit, direction and role. */
export const metricsFrom = (
  figures: readonly { readonly info: MetricInfo; readonly estimate: z.infer<typeof measured> }[],
): Readonly<Record<string, Metric>> =>
  Object.fromEntries(
    figures.map(({ info: { name, unit, better, role, primary }, estimate }) => [
      name,
      { ...estimate, unit, better, role, ...(primary && { primary }) },
    ]),
  );

/** Paired differences as the record has them. */
export const differencesFrom = (
  pairs: readonly { readonly info: MetricInfo; readonly paired: z.infer<typeof paired> }[],
): Readonly<Record<string, Difference>> =>
  Object.fromEntries(
    pairs.map(({ info: { name, unit, better }, paired: found }) => [name, { ...found, unit, better }]),
  );

/** A metric with its name. */
export interface NamedMetric extends Metric {
  readonly name: string;
}

interface WithMetrics {
  readonly metrics: Readonly<Record<string, Metric>>;
}

const roles: readonly Metric["role"][] = ["quality", "calibration", "fidelity"];
const rankOf = ({ role, primary }: Metric): number => (primary ? -1 : roles.indexOf(role));

/** Every metric that one of the stages has, once: the primary one first, then those of quality, calibration and fidelity. */
export function metricsOf(stages: readonly WithMetrics[]): readonly NamedMetric[] {
  const found = new Map<string, Metric>();
  for (const { metrics } of stages)
    for (const [name, one] of Object.entries(metrics)) if (!found.has(name)) found.set(name, one);
  return [...found].map(([name, one]) => ({ ...one, name })).toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** The entry of a name; names are data, and no key of every object is one. */
export const named = <T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  map && Object.hasOwn(map, name) ? map[name] : undefined;

/** The primary metric of a stage; undefined where it was not measured. */
export const primaryOf = (stage: WithMetrics | undefined): NamedMetric | undefined =>
  stage && metricsOf([stage]).find(({ primary }) => primary);

/** The interval with more being better, whatever the metric's direction. */
export const inFavour = <T extends { readonly value: number; readonly low: number; readonly high: number }>(
  { value, low, high }: T,
  better: Metric["better"],
): { readonly value: number; readonly low: number; readonly high: number } =>
  better === "higher" ? { value, low, high } : { value: -value, low: -high, high: -low };

/** "span F1" of spanF1, "KL" of kl: short names are acronyms. */
export function metricWords(name: string): string {
  if (name.length <= 3) return name.toUpperCase();
  return name
    .replace(/\./g, " ")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .split(" ")
    .map((word) => (/^[A-Z][a-z]/.test(word) ? word.toLowerCase() : word))
    .join(" ");
}

/** The same at the beginning of a sentence: "Span F1". */
export const metricTitle = (name: string): string => {
  const said = metricWords(name);
  return `${said.slice(0, 1).toUpperCase()}${said.slice(1)}`;
};
