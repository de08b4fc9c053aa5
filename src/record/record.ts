// The run record: everything that a run measured, as versioned data; every report is made from it and from
// nothing else.
import { z } from "zod";
import {
  differenceMap,
  interval,
  measured,
  metricKind,
  metricMap,
  metricName,
  namedDifference,
  paired,
} from "./metrics.ts";

const count = z.int().min(0);
const positive = z.number().positive();
const amount = z.number().min(0);
const words = z.string();

const bounds = z
  .strictObject({ low: z.number(), high: z.number() })
  .refine(({ low, high }) => low <= high, "low is above high")
  .meta({ id: "Bounds", description: "The 95 % interval of the figure of the same name." });

const probed = z
  .strictObject({ median: amount, fastest: amount, slowest: amount })
  .meta({ id: "Probed", description: "Times of a known product between the turns, in milliseconds." });

const busy = z
  .strictObject({
    seconds: amount.describe("that measuring took"),
    quiet: z.number().min(0).max(1).describe("share of that time in which nothing disturbed"),
    processors: count.min(1).describe("that this process may use"),
    others: amount.describe("processors that other processes used, in the mean"),
    stolen: amount.describe("processors that the host of a virtual machine or a limit took, in the mean"),
    oneThread: probed.describe("the product on one thread"),
    allThreads: probed.describe("the product on all threads of the engine"),
  })
  .meta({ id: "Busy", description: "What else the machine did while times were taken." });

const latency = z
  .strictObject({
    batch: count.min(1),
    sequence: z
      .strictObject({ mean: amount, p50: amount, p95: amount, max: amount })
      .describe("real lengths of the measured items, in tokens"),
    runs: count.min(1),
    p50Ms: amount,
    p90Ms: amount,
    p95Ms: amount,
    p99Ms: amount.optional().describe("from 1,000 runs on"),
    throughput: amount.describe("items a second, over all runs"),
    settled: z.boolean().describe("whether the median had settled when the warm-up ended"),
    speedup: interval.optional().describe("median time of the teacher over this one's"),
    speedupOverBefore: interval.optional().describe("median time of the stage before over this one's"),
    intervals: z
      .strictObject({
        p50Ms: bounds,
        p90Ms: bounds,
        p95Ms: bounds,
        p99Ms: bounds.optional(),
        throughput: bounds,
      })
      .optional()
      .describe("absent where the machine was busy"),
    busy: busy
      .optional()
      .describe(
        "the machine had other work: the times are not those of the model, and nothing is made of them",
      ),
    costPerMillion: interval
      .optional()
      .describe("price of a million items, where the record has a price, in its currency"),
  })
  .meta({ id: "Latency", description: "Time of one call on real items, without tokenization." });

/** Part of the record. */
export const sensitivity = z
  .strictObject({
    against: words.describe("name of the stage that the step was done to"),
    items: count.min(1).describe("test items that were asked, spread over the test data"),
    distance: metricKind.describe("what the answers' distance is measured with"),
    metric: metricKind.optional().describe("the task's metric, where the items have labels"),
    parts: z
      .array(
        z.strictObject({
          target: words.describe("weight or layer"),
          changes: count.min(1).describe("of the step's changes, those that the part consists of"),
          distance: measured.describe(
            "mean distance of the answers after this part alone from those before it",
          ),
          difference: paired.optional().describe("`metric` after this part alone less the stage before's"),
        }),
      )
      .describe("by `distance`, the costliest first"),
    left: count.min(1).optional().describe("parts that were not tried, evenly spread over the model"),
  })
  .meta({
    id: "Sensitivity",
    description: "What a step costs when it is done to one part of the model alone, before any training.",
  });

/** Part of the record. */
export const stage = z
  .strictObject({
    name: words,
    method: words.describe("`teacher`, or the method's name: distill, prune.heads, quantize.dynamic"),
    params: z.record(words, z.json()),
    file: words.optional().describe("relative to the output folder"),
    metrics: metricMap.describe("by name: what the task measures"),
    versusTeacher: differenceMap.optional().describe("by metric: this stage's less the teacher's"),
    versusBefore: differenceMap.optional().describe("by metric: this stage's less that of the stage before"),
    step: z
      .strictObject({
        ms: interval
          .optional()
          .describe("change of the median time at the smallest batch, in milliseconds, paired by run"),
      })
      .optional()
      .describe("against the stage before, besides `versusBefore` and the difference of `size.bytes`"),
    size: z.strictObject({
      bytes: count.describe("of the model file with its external data"),
      gzipBytes: count.optional().describe("compressed by gzip; measured in runs that have test data"),
      parameters: count,
      nonzero: count.describe("parameters that are not zero"),
    }),
    latency: z.array(latency),
    memory: z.strictObject({ peakRssBytes: count }).optional(),
    energy: z
      .strictObject({
        joulesPerThousand: interval.describe("for 1,000 items at batch 1, all processes together"),
        domains: z.array(words).min(1).describe("processor packages whose meters were read"),
      })
      .optional(),
    parity: z
      .strictObject({
        against: words.describe("what the written file was compared with"),
        maxDifference: amount,
        tolerance: amount,
        argmaxAgreement: z.number().min(0).max(1),
        before: z
          .strictObject({
            against: words.describe(
              "what the step's result must equal, but for what its number format costs",
            ),
            maxDifference: amount,
            tolerance: amount,
          })
          .optional()
          .describe("the step's result, before any training, held to the model that it was given"),
      })
      .optional(),
    seconds: amount,
    cached: z.boolean().optional(),
    sensitivity: sensitivity.optional(),
    changes: z.array(z.strictObject({ target: words, what: words })),
    refused: z.array(z.strictObject({ target: words, why: words })),
    warnings: z
      .array(words)
      .describe("in words: where this stage is worse, slower or larger than the one before"),
  })
  .meta({ id: "Stage", description: "The teacher, or one step of the recipe with what came out of it." });

const dataFile = z.strictObject({ path: words, items: count, hash: words });

const machine = z
  .strictObject({
    cpu: words,
    cores: count,
    threads: count.describe("that the engine was given"),
    memoryBytes: count,
    os: words,
    node: words,
    engine: z.strictObject({ name: words, version: words }),
    instructions: z
      .array(words)
      .describe("instruction sets that matter to speed and int8 arithmetic, where known"),
  })
  .meta({ id: "Machine", description: "What the figures were measured on." });

/** Part of the record. */
export const result = z
  .strictObject({
    stage: words.describe("name of the final stage"),
    smaller: positive.describe("the teacher's bytes over the result's"),
    smallerGzip: positive.optional().describe("the same of the compressed files"),
    faster: interval
      .optional()
      .describe("the teacher's median time over the result's, at the smallest batch measured"),
    fasterBatch: count.optional().describe("the batch size of `faster`"),
    difference: namedDifference
      .optional()
      .describe("the task's metric less the teacher's, on the same items"),
  })
  .meta({ id: "Result", description: "The final stage against the teacher." });

/** Part of the record. */
export const classFigures = {
  name: words,
  items: count.min(1).describe("test items of the class"),
  teacherRight: count.describe("those that the teacher gets right"),
  right: count.describe("those that the final stage gets right"),
};

/** Part of the record. */
export const answer = z.strictObject({ answer: words, probability: z.number().min(0).max(1).optional() });

/** Part of the record. */
export const differences = z
  .strictObject({
    classes: z
      .array(
        z.strictObject({
          ...classFigures,
          takenFor: z
            .strictObject({ name: words, items: count.min(1) })
            .describe("the wrong class that the final stage gives most often"),
        }),
      )
      .max(10)
      .optional()
      .describe(
        "whose share of right answers fell most, the farthest first; absent where answers are no classes",
      ),
    worstClass: z
      .strictObject(classFigures)
      .optional()
      .describe("the class of which the final stage gets the smallest share right"),
    examples: z
      .array(
        z.strictObject({
          text: words.describe("of the test item, cut to 200 characters"),
          label: words,
          teacher: answer,
          result: answer.describe("the final stage's"),
        }),
      )
      .max(10)
      .describe("items that only the teacher gets right, those first of which the final stage is surest"),
  })
  .meta({ id: "Differences", description: "Where the final stage and the teacher answer differently." });

const answered = { teacher: measured, result: measured, versusTeacher: paired };

/** Part of the record. */
export const robustness = z
  .strictObject({
    items: count.min(1).describe("of the test set, spread evenly"),
    batch: count.min(1).describe("in which both models were asked"),
    metric: metricKind.describe("what the figures are of: the task's metric"),
    plain: z.strictObject(answered).describe("on the items as they are, in these batches"),
    variants: z.array(
      z.strictObject({
        name: words,
        what: words.describe("what was done to the items"),
        changed: count.describe(
          "items whose tokens are others then; where there are none, nothing was asked",
        ),
        teacher: measured.optional().describe("of the first stage"),
        result: measured.optional().describe("of the final stage"),
        versusTeacher: paired.optional(),
      }),
    ),
  })
  .meta({
    id: "Robustness",
    description: "The task's metric on the test items as other users would write them.",
  });

const price = z
  .strictObject({ perHour: positive.describe("of the machine"), currency: words })
  .meta({ id: "Price", description: "What the recipe says the machine costs." });

/** The name and version of the record's format. */
export const recordVersion = "minnow.report/2";

/** The record's schema; `parseRecord` gives better errors. */
export const runRecord = z.strictObject({
  schema: z.literal(recordVersion),
  minnow: words.describe("version that made the record"),
  name: words.describe("name of the result, for titles"),
  machine,
  recipe: z.strictObject({ path: words, text: words, hash: words }),
  task: words.optional(),
  data: z.strictObject({ train: dataFile.optional(), test: dataFile.optional() }),
  seed: z.int(),
  teacher: z.strictObject({
    path: words,
    hash: words.describe("SHA-256 of the weights"),
    family: words.optional(),
    model: words.optional().describe("its name on the Hugging Face Hub, if it has one"),
    license: words.optional().describe("SPDX identifier"),
  }),
  about: z
    .record(metricName, words)
    .optional()
    .describe("what each metric is and how it is measured, in a sentence or two"),
  warnings: z.array(words).optional().describe("what is to be known of teacher, student and data"),
  stages: z.array(stage).min(1).describe("the teacher first"),
  result,
  differences: differences.optional(),
  robustness: robustness.optional(),
  price: price.optional(),
  seconds: amount,
  peakRssBytes: count.describe("of the process that ran the recipe"),
  ships: z
    .strictObject({
      folder: words.describe("name of the output folder"),
      files: z.array(z.strictObject({ path: words, bytes: count })).describe("the model first"),
    })
    .optional()
    .describe("what running the result needs"),
});

type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

/** A whole run: what it was made from, each stage with its figures, and what came out. */
export type RunRecord = Frozen<z.infer<typeof runRecord>>;
/** One stage: the teacher, or a step of the recipe. */
export type Stage = RunRecord["stages"][number];
/** An estimate with its 95 % interval. */
export type Interval = Frozen<z.infer<typeof interval>>;
/** An estimate over n items with its 95 % interval. */
export type Measured = Frozen<z.infer<typeof measured>>;
/** A difference of a metric on the same items, in its unit. */
export type Paired = Frozen<z.infer<typeof paired>>;
/** Latency at one batch size. */
export type Latency = Frozen<z.infer<typeof latency>>;
/** What else the machine did while times were taken. */
export type Busy = Frozen<z.infer<typeof busy>>;
/** What each part of a step costs alone. */
export type Sensitivity = Frozen<z.infer<typeof sensitivity>>;
/** What the figures were measured on. */
export type Machine = Frozen<z.infer<typeof machine>>;
/** Where the final stage and the teacher answer differently. */
export type Differences = Frozen<z.infer<typeof differences>>;
/** The task's metric on the test items as other users would write them. */
export type Robustness = Frozen<z.infer<typeof robustness>>;
/** What the recipe says the machine costs. */
export type Price = Frozen<z.infer<typeof price>>;
/** Energy of a stage. */
export type Energy = NonNullable<Stage["energy"]>;
/** The final stage against the teacher. */
export type Result = Frozen<z.infer<typeof result>>;
