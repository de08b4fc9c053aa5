// Training: losses, AdamW, schedules, and the loop.
export { type Checkpoints, type FitOptions, type Fitted, fit, MOMENTS, type TrainingState } from "./fit.ts";
export { crossEntropy, type DistillationOptions, distillation, type Loss, lossInputs } from "./losses.ts";
export type { Parameters } from "./parameters.ts";
export { cubicSparsity, linearSchedule } from "./schedule.ts";
export { Stepper, type StepperOptions, type TrainingBatch } from "./stepper.ts";
