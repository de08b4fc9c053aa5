// The training loop: one optimiser step per batch, until the epochs are done.
import { AppError } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";
import type { AdamWOptions, Parameters } from "./parameters.ts";
import { linearSchedule } from "./schedule.ts";
import { Stepper, type StepperOptions, type TrainingBatch } from "./stepper.ts";

export interface FitOptions extends StepperOptions {
  /** Batches of one epoch, in order. */
  readonly batches: (epoch: number) => readonly (() => TrainingBatch)[];
  readonly epochs: number;
  readonly learningRate: number;
  /** Share of all steps for the linear warm-up. */
  readonly warmup: number;
  readonly weightDecay: number;
  /** Bound of the gradients' global norm. */
  readonly clip: number;
  readonly signal: AbortSignal;
  /** Called before each step with the share of training that is done. */
  readonly beforeStep?: (progress: number, parameters: Parameters) => void;
  readonly onStep?: (step: number, total: number, loss: number) => void;
}

export interface Fitted {
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Mean loss of each epoch. */
  readonly losses: readonly number[];
  readonly steps: number;
}

/** Adam's defaults (Kingma & Ba 2015), as PyTorch has them. */
const MOMENTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * Trains and returns the weights. Same seed, machine and thread count: the same bits.
 * A loss or gradient that is not finite ends the run before its step is applied (AppError `diverged`);
 * `facts.weights` are the last good ones.
 */
export async function fit(options: FitOptions): Promise<Fitted> {
  const stepper = new Stepper(options);
  try {
    return await loop(options, stepper);
  } finally {
    await stepper.dispose();
  }
}

async function loop(options: FitOptions, stepper: Stepper): Promise<Fitted> {
  const { epochs, batches, signal, onStep, beforeStep } = options;
  const losses: number[] = [];
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const list = batches(epoch);
    const total = list.length * epochs;
    let sum = 0;
    for (const make of list) {
      signal.throwIfAborted();
      beforeStep?.(step / total, stepper.parameters);
      const loss = await stepper.gradients(make(), step);
      update(options, stepper.parameters, step, total, loss);
      sum += loss;
      onStep?.(++step, total, loss);
      if (step % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    losses.push(sum / list.length);
  }
  beforeStep?.(1, stepper.parameters);
  return { weights: stepper.parameters.snapshot(), losses, steps: step };
}

function update(
  options: FitOptions,
  parameters: Parameters,
  step: number,
  total: number,
  loss: number,
): void {
  const norm = parameters.gradientNorm();
  if (!Number.isFinite(loss) || !Number.isFinite(norm)) throw diverged(parameters, step, loss);
  const { clip, learningRate, warmup, weightDecay } = options;
  const rate = learningRate * linearSchedule(step, total, Math.round(total * warmup));
  const adamw: AdamWOptions = { ...MOMENTS, learningRate: rate, weightDecay };
  parameters.step(adamw, norm > clip ? clip / (norm + 1e-6) : 1);
}

function diverged(parameters: Parameters, step: number, loss: number): AppError {
  const first = parameters.firstNonFinite();
  const tensor = Number.isFinite(loss) ? `the gradient of ${first}` : "the loss";
  return new AppError("diverged", `${tensor} is not finite at step ${step + 1} (loss ${loss})`, {
    path: first ?? "loss",
    facts: { step: step + 1, loss: String(loss), weights: parameters.snapshot() },
    hint: "lower the learning rate",
  });
}
