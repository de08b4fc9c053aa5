// Presets: the steps that a new recipe starts with, made to a teacher's measure.
import { AppError, suggestion } from "../base/index.ts";
import type { Sizes } from "../families/index.ts";
import { type Registry, registry } from "./recipe.ts";
import { readStep } from "./steps.ts";

export interface PresetStep {
  /** A line for the comment above it. */
  readonly note: string;
  /** As a recipe has it: one verb with its parameters. */
  readonly step: Readonly<Record<string, unknown>>;
}

export interface Preset {
  readonly name: string;
  /** What the result is like, in a few words. */
  readonly describe: string;
  /** What a run of it gave on the teacher of `measuredOn`; points of accuracy. */
  readonly measured: { readonly smaller: number; readonly faster: number; readonly points: number };
  /** Steps that a teacher of these dimensions allows. */
  steps(dims: Sizes): readonly PresetStep[];
}

/** All presets, the smallest result first. */
export const presets: readonly Preset[] = [
  {
    name: "tiny",
    describe: "at most 2 layers with a quarter of the width, pruned, int8",
    measured: { smaller: 28.4, faster: 20.8, points: -6.9 },
    steps: (dims) => narrowed(dims, 2, 1 / 4),
  },
  {
    name: "small",
    describe: "at most 3 layers with half the width, pruned, int8",
    measured: { smaller: 12.8, faster: 11.0, points: -4.4 },
    steps: (dims) => narrowed(dims, 3, 1 / 2),
  },
  {
    name: "balanced",
    describe: "half of the teacher's layers with their width, fewer neurons, int8",
    measured: { smaller: 5.5, faster: 6.3, points: -0.9 },
    steps: (dims) => halved(dims),
  },
  {
    name: "quality",
    describe: "the teacher itself in int8, nothing is trained",
    measured: { smaller: 4.0, faster: 2.5, points: 0.1 },
    steps: () => [int8],
  },
];

/** The preset that is taken where none is named: less than a point of accuracy for most of the speed that there is. */
export const defaultPreset = "balanced";

/** What the presets were measured on: accuracy on the 4,500 test items of CLINC150, time at batch 1 on two cores. */
export const measuredOn = "a MiniLM of 6 layers x 384 with 150 classes";

/** What to expect of a preset: "12.8x smaller, 11.0x faster, -4.4 points of accuracy". */
export function expectation({ measured: { smaller, faster, points } }: Preset): string {
  const sign = points < 0 ? "" : "+";
  return `${smaller.toFixed(1)}x smaller, ${faster.toFixed(1)}x faster, ${sign}${points.toFixed(1)} points of accuracy`;
}

/** The preset of a name; AppError `usage` with a suggestion when there is none. */
export function presetNamed(name: string): Preset {
  const found = presets.find((preset) => preset.name === name);
  if (found) return found;
  const hint = suggestion(
    name,
    presets.map((preset) => preset.name),
  );
  throw new AppError("usage", `"${name}" is not a preset`, { ...(hint && { hint }) });
}

/** Whether a step learns from training data. */
export const learns = (steps: readonly PresetStep[], known: Registry = registry): boolean =>
  steps.some(({ step }) => {
    const read = readStep(step, [], known.methods);
    return "method" in read && read.method.bind(read.raw).learns;
  });

const int8: PresetStep = {
  note: "int8 weights; activations are quantized at run time.",
  step: { quantize: { kind: "dynamic" } },
};

/** Sizes of a student; keys that are the teacher's are left out of the recipe. */
interface Student {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly intermediate: number;
  readonly given: Readonly<Record<string, number>>;
}

/** Bounds of the schema of distill, which `narrowed` and `halved` keep to. */
const LEAST_WIDTH = 8;
const MOST_LAYERS = 200;
/** Fewer neurons are not cut by prune: neurons. */
const LEAST_NEURONS = 16;

/** Whether all layers are alike and as wide as the model: nothing was pruned out of it. */
const isWhole = ({ hidden, headSize, layers }: Sizes): boolean =>
  layers.every(
    ({ heads, intermediate }) => heads * headSize === hidden && intermediate === layers[0]?.intermediate,
  );

const depthOf = ({ layers }: Sizes, wanted: number): number =>
  Math.max(1, Math.min(wanted, layers.length, MOST_LAYERS));

/** A student with a share of the width, in whole heads; with all of it where a share is too narrow. */
function narrow(dims: Sizes, wanted: number, share: number): Student {
  const { headSize } = dims;
  const layers = depthOf(dims, wanted);
  const heads = Math.max(Math.ceil(LEAST_WIDTH / headSize), Math.round((dims.hidden * share) / headSize));
  const hidden = heads * headSize;
  if (hidden >= dims.hidden) return fullWidth(dims, layers);
  return { layers, hidden, heads, intermediate: 4 * hidden, given: { layers, hidden } };
}

/** The teacher's width; where heads were pruned out of it, all that the width has room for. */
function fullWidth(dims: Sizes, layers: number): Student {
  const { hidden, headSize } = dims;
  const heads = Math.max(1, Math.round(hidden / headSize));
  const intermediate = dims.layers[0]?.intermediate ?? 4 * hidden;
  const given = isWhole(dims) ? { layers } : { layers, heads };
  return { layers, hidden, heads, intermediate, given };
}

/** tiny and small: a new student, cut down further. */
function narrowed(dims: Sizes, wanted: number, share: number): readonly PresetStep[] {
  const student = narrow(dims, wanted, share);
  return [
    fromProjection(student),
    {
      note: "30 % of the matrices' weights become zero, and stay so in what follows.",
      step: { prune: { kind: "magnitude", sparsity: 0.3, finetune: { epochs: 1 } } },
    },
    ...(student.heads > 1 && dims.headSize > 1
      ? [
          {
            note: "The quarter of all heads that matters least; the graph gets smaller.",
            step: { prune: { kind: "heads", ratio: 0.25 } },
          },
        ]
      : []),
    ...fewerNeurons(student, { epochs: 3 }),
    int8,
  ];
}

/** balanced: layers of the teacher, spread over its depth, first and last included. */
function halved(dims: Sizes): readonly PresetStep[] {
  const student = fullWidth(dims, depthOf(dims, Math.round(dims.layers.length / 2)));
  const { layers, given } = student;
  const start = isWhole(dims)
    ? {
        note: `A student that starts as ${layers} of the teacher's ${plural(dims.layers.length)}.`,
        step: { distill: { student: given, start: "teacher-layers", epochs: 4, learningRate: 3e-4 } },
      }
    : fromProjection(student);
  return [start, ...fewerNeurons(student, { epochs: 1, learningRate: 2e-4 }), int8];
}

const fromProjection = ({ layers, hidden, given }: Student): PresetStep => ({
  note: `A student of ${plural(layers)} x ${hidden}, its embeddings projected from the teacher's.`,
  step: { distill: { student: given, start: "projected", epochs: 12, learningRate: 1e-3 } },
});

const fewerNeurons = ({ intermediate }: Student, finetune: object): readonly PresetStep[] =>
  intermediate < LEAST_NEURONS
    ? []
    : [
        {
          note: "The quarter of all neurons that matters least.",
          step: { prune: { kind: "neurons", ratio: 0.25, finetune } },
        },
      ];

const plural = (layers: number): string => `${layers} layer${layers === 1 ? "" : "s"}`;
