// Training: losses, AdamW, schedules, and the loop.
export { type Fitted, fit, type FitOptions } from "./fit.ts";
export { crossEntropy, distillation, type DistillationOptions, type Loss, lossInputs } from "./losses.ts";
export type { Parameters } from "./parameters.ts";
export { cubicSparsity, linearSchedule } from "./schedule.ts";
export { Stepper, type StepperOptions, type TrainingBatch } from "./stepper.ts";
