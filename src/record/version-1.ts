// Records of version 1, which had four metrics by name: their schema, and the same record in the present version.
import { z } from "zod";
import {
  differencesFrom,
  interval,
  kindOf,
  type MetricInfo,
  measured,
  metricsFrom,
  paired,
} from "./metrics.ts";
import {
  classFigures,
  differences,
  type RunRecord,
  recordVersion,
  result,
  robustness,
  runRecord,
  sensitivity,
  stage,
} from "./record.ts";

/** What a record of version 1 says of itself. */
export const firstVersion = "minnow.report/1";

const accuracy: MetricInfo = {
  name: "accuracy",
  unit: "share",
  better: "higher",
  role: "quality",
  primary: true,
  about: "",
};
const agreement: MetricInfo = {
  name: "agreement",
  unit: "share",
  better: "higher",
  role: "fidelity",
  about: "",
};
const kl: MetricInfo = { name: "kl", unit: "nats", better: "lower", role: "fidelity", about: "" };
const ece: MetricInfo = { name: "ece", unit: "share", better: "lower", role: "calibration", about: "" };

const first = {
  stage: stage.omit({ step: true }).extend({
    metrics: z.strictObject({
      accuracy: measured.optional(),
      agreement: measured.optional(),
      kl: measured.optional(),
      ece: measured.optional(),
    }),
    versusTeacher: paired.optional(),
    versusBefore: paired.optional(),
    step: z.strictObject({ kl: measured.optional(), ms: interval.optional() }).optional(),
    sensitivity: sensitivity
      .omit({ distance: true, metric: true })
      .extend({
        parts: z.array(
          z.strictObject({
            target: z.string(),
            changes: z.int().min(1),
            kl: measured,
            accuracy: paired.optional(),
          }),
        ),
      })
      .optional(),
  }),
  answer: z.strictObject({ class: z.string(), probability: z.number().min(0).max(1) }),
};

const firstRecord = runRecord.omit({ about: true }).extend({
  schema: z.literal(firstVersion),
  stages: z.array(first.stage).min(1),
  result: result.omit({ difference: true }).extend({ accuracyPoints: interval.optional() }),
  differences: differences
    .omit({ worstClass: true, examples: true })
    .extend({
      floor: z.strictObject(classFigures),
      examples: z
        .array(
          z.strictObject({
            text: z.string(),
            label: z.string(),
            teacher: first.answer,
            result: first.answer,
          }),
        )
        .max(10),
    })
    .optional(),
  robustness: robustness.omit({ metric: true }).optional(),
});

type FirstRecord = z.infer<typeof firstRecord>;

/** The schema of version 1, whose output is the record in the present version. */
export const upgrading = firstRecord.transform(upgraded);

function upgraded(record: FirstRecord): RunRecord {
  const { differences: told, robustness: asked, stages, ...rest } = record;
  return {
    ...rest,
    schema: recordVersion,
    stages: stages.map(upgradedStage),
    result: upgradedResult(record),
    ...(told && { differences: upgradedDifferences(told) }),
    ...(asked && { robustness: { ...asked, metric: kindOf(accuracy) } }),
  };
}

const one = (info: MetricInfo, estimate: z.infer<typeof measured> | undefined) =>
  estimate ? [{ info, estimate }] : [];

type FirstStage = FirstRecord["stages"][number];

function upgradedStage({
  metrics,
  versusTeacher,
  versusBefore,
  step,
  sensitivity: tried,
  ...rest
}: FirstStage) {
  const pairs = [
    ...(versusBefore ? [{ info: accuracy, paired: versusBefore }] : []),
    ...(step?.kl ? [{ info: kl, paired: step.kl }] : []),
  ];
  return {
    ...rest,
    metrics: metricsFrom([
      ...one(accuracy, metrics.accuracy),
      ...one(agreement, metrics.agreement),
      ...one(kl, metrics.kl),
      ...one(ece, metrics.ece),
    ]),
    ...(versusTeacher && { versusTeacher: differencesFrom([{ info: accuracy, paired: versusTeacher }]) }),
    ...(pairs.length > 0 && { versusBefore: differencesFrom(pairs) }),
    ...(step?.ms && { step: { ms: step.ms } }),
    ...(tried && { sensitivity: upgradedSensitivity(tried) }),
  };
}

const upgradedSensitivity = ({ parts, ...rest }: NonNullable<FirstStage["sensitivity"]>) => ({
  ...rest,
  distance: kindOf(kl),
  ...(parts.some((part) => part.accuracy) && { metric: kindOf(accuracy) }),
  parts: parts.map(({ kl: distance, accuracy: difference, ...part }) => ({
    ...part,
    distance,
    ...(difference && { difference }),
  })),
});

/** The points were those of the final stage's paired difference, which has the items as well. */
function upgradedResult({ result: { accuracyPoints, ...rest }, stages }: FirstRecord) {
  const pair = stages.find(({ name }) => name === rest.stage)?.versusTeacher;
  if (!accuracyPoints || !pair) return rest;
  const { unit, better } = accuracy;
  return { ...rest, difference: { metric: accuracy.name, ...pair, unit, better } };
}

type FirstDifferences = NonNullable<FirstRecord["differences"]>;

const upgradedDifferences = ({ floor, examples, ...rest }: FirstDifferences) => ({
  ...rest,
  worstClass: floor,
  examples: examples.map(({ teacher, result: own, ...example }) => ({
    ...example,
    teacher: upgradedAnswer(teacher),
    result: upgradedAnswer(own),
  })),
});

const upgradedAnswer = ({ class: answer, probability }: z.infer<typeof first.answer>) => ({
  answer,
  probability,
});
