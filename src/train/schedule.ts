// Learning-rate and sparsity schedules, as functions of the step.

/** Linear warm-up over `warmup` steps to 1, then linear decay to 0 at `total`; a factor in [0, 1]. */
export function linearSchedule(step: number, total: number, warmup: number): number {
  if (step < warmup) return (step + 1) / (warmup + 1);
  return total <= warmup ? 1 : Math.max(0, (total - step) / (total - warmup));
}

/** s(t) = s_f (1 - (1 - t)^3), t in [0, 1] (Zhu & Gupta 2017). */
export const cubicSparsity = (progress: number, final: number): number =>
  final * (1 - (1 - Math.min(Math.max(progress, 0), 1)) ** 3);
