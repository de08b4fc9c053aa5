// A requirement against a run record: the figures on both sides, the verdict, and why in words.
import { AppError, grouped, must, suggestion } from "../base/index.ts";
import type { Interval, RunRecord } from "../record/index.ts";
import type { Dimension } from "./dimensions.ts";
import { inUnits, operators, type ParsedRequirement, printBound, type Reference } from "./grammar.ts";
import { type Estimate, isWithheld, type Place, type Quantity, type Withheld } from "./quantities.ts";
import { independentDifference, itemsFactor, type Verdict, verdictOf } from "./verdict.ts";

/** A record and the file that it was read from. */
export interface Source {
  readonly path: string;
  readonly record: RunRecord;
}

/** What requirements are judged on. */
export interface Evidence {
  readonly report: Source;
  readonly baseline?: Source;
}

/** One requirement with its verdict. */
export interface Judgement {
  readonly text: string;
  readonly quantity: string;
  /** Nothing for what belongs to the run. */
  readonly stage: string | null;
  readonly verdict: Verdict;
  /** Nothing where it was withheld. */
  readonly value: number | null;
  /** 95 %, with what is uncertain of the reference; nothing where all is exact. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** The bound as a number, in the same unit as the value; nothing where it is a figure that was withheld. */
  readonly bound: number | null;
  /** Items that the interval rests on. */
  readonly items: number | null;
  /** Items that would decide it besides those, at the present estimate. */
  readonly moreItems: number | null;
  /** Value, interval and bound with their units. */
  readonly shown: { readonly value: string; readonly interval: string; readonly bound: string };
  readonly words: string;
}

/** The two sides of a requirement, before they are judged. */
interface Sides {
  readonly own: Estimate;
  readonly bound: number;
  /** Own less bound. */
  readonly margin: Estimate;
  readonly notes: readonly string[];
}

/**
 * Judges a requirement. AppError `usage` for a stage that is not there, `input` for a figure that the run did
 * not measure.
 */
export function judge(requirement: ParsedRequirement, evidence: Evidence): Judgement {
  const quantity = requirement.measure;
  const place = placeOf(requirement, evidence.report);
  const sides = sidesOf(requirement, quantity, place, evidence);
  if (isWithheld(sides)) return withheldJudgement(requirement, quantity, place, sides);
  const verdict = verdictOf(requirement.operator, sides.margin);
  const factor = verdict === "inconclusive" ? itemsFactor(requirement.operator, sides.margin) : undefined;
  const { n } = sides.margin;
  const interval = intervalOf(sides);
  const { print } = quantity.dimension;
  return {
    text: requirement.text,
    quantity: requirement.quantity,
    stage: quantity.whole ? null : place.stage.name,
    verdict,
    value: sides.own.value,
    interval,
    bound: sides.bound,
    items: n ?? null,
    moreItems: factor === undefined || n === undefined ? null : Math.max(1, Math.ceil(n * (factor - 1))),
    shown: {
      value: print(sides.own.value),
      interval: interval === null ? "exact" : `${print(interval.low)} to ${print(interval.high)}`,
      bound: `${operators[requirement.operator].words} ${print(sides.bound)}`,
    },
    words: wordsOf(requirement, quantity.dimension, sides, verdict, factor),
  };
}

/** A figure that was withheld satisfies nothing and violates nothing. */
function withheldJudgement(
  requirement: ParsedRequirement,
  { whole, dimension: { units, differences, print } }: Quantity,
  { stage }: Place,
  { withheld }: Withheld,
): Judgement {
  const { base, offset } = requirement.bound;
  const added = offset === undefined ? 0 : offset.sign * inUnits(offset.amount, differences);
  const bound = "reference" in base ? null : inUnits(base, units) + added;
  const shown = `${operators[requirement.operator].words} ${bound === null ? printBound(requirement.bound) : print(bound)}`;
  return {
    text: requirement.text,
    quantity: requirement.quantity,
    stage: whole ? null : stage.name,
    verdict: "inconclusive",
    value: null,
    interval: null,
    bound,
    items: null,
    moreItems: null,
    shown: { value: "withheld", interval: "withheld", bound: shown },
    words: `it cannot be told to be ${shown}: ${withheld}`,
  };
}

const finalStage = (record: RunRecord): string => record.result.stage;

function placeOf({ stage: named, wrongStage }: ParsedRequirement, { path, record }: Source): Place {
  const name = named ?? finalStage(record);
  const stage = record.stages.find((one) => one.name === name);
  if (stage) return { record, stage };
  const names = record.stages.map((one) => one.name);
  throw wrongStage(`${path} has no stage ${JSON.stringify(name)}`, suggestion(name, names));
}

const teacherOf = ({ record }: Place): Place => ({ record, stage: must(record.stages[0], "teacher") });

function read(
  requirement: ParsedRequirement,
  quantity: Quantity,
  place: Place,
  path: string,
): Estimate | Withheld {
  const found = quantity.read(place);
  if (found) return found;
  const what = `${requirement.quantity} was not measured for ${place.stage.name}`;
  throw new AppError("input", `${what}, so nothing can be required of it`, {
    path,
    hint: "a run measures it with test data, against its teacher",
  });
}

function sidesOf(
  requirement: ParsedRequirement,
  quantity: Quantity,
  place: Place,
  evidence: Evidence,
): Sides | Withheld {
  const { base, offset } = requirement.bound;
  const { units, differences } = quantity.dimension;
  const own = read(requirement, quantity, place, evidence.report.path);
  if (isWithheld(own)) return own;
  const added = offset === undefined ? 0 : offset.sign * inUnits(offset.amount, differences);
  if (!("reference" in base)) {
    const number = inUnits(base, units);
    return sides(own, { difference: own, reference: 0, notes: notesOf(own) }, number + added);
  }
  const compared = against[base.reference](requirement, quantity, { place, own, evidence }, base.factor ?? 1);
  return isWithheld(compared) ? compared : sides(own, compared, added);
}

/** Own less what it is compared with, and that as a number. */
interface Compared {
  readonly difference: Estimate;
  readonly reference: number;
  readonly notes: readonly string[];
}

function sides(own: Estimate, { difference, reference, notes }: Compared, added: number): Sides {
  const bound = Number((reference + added).toPrecision(15));
  const scale = Math.max(Math.abs(own.value), Math.abs(bound), Math.abs(reference));
  const less = (end: number): number => snapped(end - added, scale);
  const margin = {
    ...difference,
    value: less(difference.value),
    low: less(difference.low),
    high: less(difference.high),
  };
  return { own, bound, margin, notes };
}

/** What differs from 0 only by the rounding of binary fractions is 0: `0.07x` of 100 is 7. */
const snapped = (value: number, scale: number): number => (Math.abs(value) <= 1e-12 * scale ? 0 : value);

interface Side {
  readonly place: Place;
  readonly own: Estimate;
  readonly evidence: Evidence;
}

/** How the figure is compared with each reference. */
const against: Readonly<
  Record<
    Reference,
    (requirement: ParsedRequirement, quantity: Quantity, side: Side, factor: number) => Compared | Withheld
  >
> = {
  teacher(requirement, quantity, { place, own, evidence }, factor) {
    const teacher = teacherOf(place);
    const other = read(requirement, quantity, teacher, evidence.report.path);
    if (isWithheld(other)) return other;
    const known = quantity.lessTeacher?.(place, teacher, factor);
    const difference = known ?? independentDifference(own, other, factor);
    const loose = known === undefined && isEstimate(own) ? ["taken as independent of the teacher's"] : [];
    return {
      difference,
      reference: factor * other.value,
      notes: known ? notesOf(known) : [...notesOf(own), ...loose],
    };
  },
  baseline(requirement, quantity, { place, own, evidence }, factor) {
    const baseline = must(evidence.baseline, "baseline");
    const from = placeOf(requirement, baseline);
    const other = read(requirement, quantity, from, baseline.path);
    if (isWithheld(other)) return { withheld: `of the baseline: ${other.withheld}` };
    return {
      difference: independentDifference(own, other, factor),
      reference: factor * other.value,
      notes: [
        ...notesOf(own),
        ...(own.n === undefined ? [] : [dataNote(place.record, from.record)]),
        ...(quantity.onMachine ? machineNotes(place.record, from.record) : []),
      ],
    };
  },
};

const isEstimate = ({ low, high }: Interval): boolean => low < high;
const notesOf = ({ note }: Estimate): readonly string[] => (note === undefined ? [] : [note]);

/** Reports hold no answers item by item, so two of them cannot be paired. */
function dataNote(own: RunRecord, other: RunRecord): string {
  const [test, before] = [own.data.test, other.data.test];
  const same = test !== undefined && test.hash === before?.hash && test.items === before.items;
  const items = same
    ? "the test items are the same, but the reports hold no single answers"
    : "the test data differ";
  return `${items}: taken as independent of the baseline's`;
}

function machineNotes({ machine: own }: RunRecord, { machine: other }: RunRecord): readonly string[] {
  const same = own.cpu === other.cpu && own.cores === other.cores && own.threads === other.threads;
  return same ? [] : ["the baseline was measured on another machine"];
}

/** The margin's interval, laid around the value. */
function intervalOf({ own, margin }: Sides): Judgement["interval"] {
  if (!isEstimate(margin)) return null;
  return { low: own.value + margin.low - margin.value, high: own.value + margin.high - margin.value };
}

function wordsOf(
  { operator, bound: written }: ParsedRequirement,
  { print, printDifference }: Dimension,
  { own, bound, margin, notes }: Sides,
  verdict: Verdict,
  factor: number | undefined,
): string {
  const named = "reference" in written.base ? ` (${printBound(written)})` : "";
  const states = {
    pass: "is",
    fail: "is not",
    inconclusive: "cannot be told to be",
  } as const satisfies Record<Verdict, string>;
  const claim = `${print(own.value)} ${states[verdict]} ${operators[operator].words} ${print(bound)}${named}`;
  const [less, low, high] = [margin.value, margin.low, margin.high].map(printDifference);
  const range = isEstimate(margin) ? [`value less bound ${less}, 95 % interval ${low} to ${high}`] : [];
  const decided = verdict === "inconclusive" ? [decisionWords(margin, factor)] : [];
  return [claim, ...range, ...notes, ...decided].join("; ");
}

function decisionWords({ n, value }: Estimate, factor: number | undefined): string {
  const units = n === undefined ? "runs" : "items";
  if (value === 0 || factor === undefined)
    return `the estimate lies on the bound: no number of ${units} would decide it`;
  if (n === undefined) return "more runs would narrow the interval";
  const more = Math.max(1, Math.ceil(n * (factor - 1)));
  const all = factor >= 10 ? Math.round(factor).toString() : factor.toPrecision(2);
  const items = `${grouped(more)} more test item${more === 1 ? "" : "s"}`;
  return `about ${items} (${all} times as many in all) would decide it at the present estimate`;
}
