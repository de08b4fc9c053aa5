// The training loop: one optimiser step per batch, until the epochs are done.
import { AppError } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";
import type { AdamWOptions, Parameters, ParametersState } from "./parameters.ts";
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
  /** Called before each step with the share of training that is done, and the share before the last step. */
  readonly beforeStep?: (progress: number, parameters: Parameters, before: number | undefined) => void;
  readonly onStep?: (step: number, total: number, loss: number) => void;
  readonly checkpoints?: Checkpoints;
}

/** Where training stands between two steps. */
export interface TrainingState {
  readonly parameters: ParametersState;
  /** Steps done. */
  readonly step: number;
  /** Mean losses of the epochs that are done, and the sum of this epoch's losses. */
  readonly losses: readonly number[];
  readonly sum: number;
}

/** Keeps a training's state, so that it can go on with the same bits after it was ended at any moment. */
export interface Checkpoints {
  load(): Promise<TrainingState | undefined>;
  /** Has written the state when its promise is kept; reads the tensors before it first waits. */
  save(state: TrainingState): Promise<void>;
  readonly everySeconds: number;
}

export interface Fitted {
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Mean loss of each epoch. */
  readonly losses: readonly number[];
  readonly steps: number;
}

/** Adam's defaults (Kingma & Ba 2015), as PyTorch has them. */
export const MOMENTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * Trains and returns the weights. Same seed, machine and thread count: the same bits, also where it was ended on the way
 * and goes on from a checkpoint. A loss or gradient that is not finite ends the run before its step is applied
 * (AppError `diverged`); `facts.weights` are the last good ones.
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
  const { epochs, batches, signal, onStep, beforeStep, checkpoints } = options;
  const { parameters } = stepper;
  const from = await checkpoints?.load();
  if (from) parameters.restore(from.parameters);
  const losses = [...(from?.losses ?? [])];
  let [step, sum] = [from?.step ?? 0, from?.sum ?? 0];
  const save = async (): Promise<void> =>
    checkpoints?.save({ parameters: parameters.state(), step, losses: [...losses], sum });
  let saved = performance.now();
  let total = 0;
  for (let epoch = losses.length; epoch < epochs; epoch++) {
    const list = batches(epoch);
    total = list.length * epochs;
    for (const make of list.slice(step - epoch * list.length)) {
      if (signal.aborted) await save();
      signal.throwIfAborted();
      beforeStep?.(step / total, parameters, step === 0 ? undefined : (step - 1) / total);
      const loss = await stepper.gradients(make(), step);
      update(options, parameters, step, total, loss);
      sum += loss;
      onStep?.(++step, total, loss);
      if (step % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (checkpoints && performance.now() - saved >= 1000 * checkpoints.everySeconds) {
        await save();
        saved = performance.now();
      }
    }
    losses.push(sum / list.length);
    sum = 0;
  }
  beforeStep?.(1, parameters, (step - 1) / total);
  return { weights: parameters.snapshot(), losses, steps: step };
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
