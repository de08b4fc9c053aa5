// Importance of units: what the output or the loss would lose without each.
import { must, rng } from "../../base/index.ts";
import { portsOf } from "../../engine/index.ts";
import type { Bundle } from "../../families/index.ts";
import type { AxisGroup, GroupMember } from "../../passes/index.ts";
import { batchesOf, paddedLengths } from "../../tasks/index.ts";
import { sizeOf, type Tensor } from "../../tensor/index.ts";
import { Stepper } from "../../train/index.ts";
import type { MethodContext } from "../define.ts";
import { lossOf, type TrainingParams, trainableGraph, trainingBatch, trainingData } from "../training.ts";

/** Members through which a unit acts on the output: the axes that a product sums over. */
const outgoing = (group: AxisGroup) => group.members.filter(({ contracted }) => contracted);

/** Sums `value(index)` over the elements of each unit along the member's axis. */
function perUnit(
  tensor: Tensor,
  { axis, units }: GroupMember,
  count: number,
  value: (index: number) => number,
): Float64Array {
  const sums = new Float64Array(count);
  const inner = sizeOf(tensor.shape.slice(axis + 1));
  for (let i = 0; i < tensor.size; i++) {
    const unit = units[Math.floor(i / inner) % units.length] ?? -1;
    if (unit >= 0) sums[unit] = (sums[unit] ?? 0) + value(i);
  }
  return sums;
}

/** Adds up what each outgoing weight says of its units. */
function overOutgoing(group: AxisGroup, of: (member: GroupMember) => Float64Array): Float64Array {
  const total = new Float64Array(group.units);
  for (const member of outgoing(group))
    of(member).forEach((sum, unit) => {
      total[unit] = (total[unit] ?? 0) + sum;
    });
  return total;
}

/** L2 norm of the weights that carry each unit's output. */
export function normImportance(model: Bundle, groups: readonly AxisGroup[]): readonly Float64Array[] {
  const { weights } = model.model.graph;
  return groups.map((group) =>
    overOutgoing(group, (member) => {
      const tensor = must(weights.get(member.weight), "weight");
      const data = tensor.floats;
      return perUnit(tensor, member, group.units, (i) => (data[i] ?? 0) ** 2);
    }).map(Math.sqrt),
  );
}

/** What the Taylor importance is asked of. */
export interface Calibration {
  /** Batches. */
  readonly calibration: number;
  /** Batch size and loss. */
  readonly training: TrainingParams;
}

/**
 * First-order Taylor: the mean over batches of |sum of w dL/dw| over a unit's outgoing weights, which is the loss's
 * derivative by a gate on the unit (Michel, Levy & Neubig 2019; Molchanov et al. 2019).
 */
export async function taylorImportance(
  model: Bundle,
  groups: readonly AxisGroup[],
  { calibration, training }: Calibration,
  context: MethodContext,
): Promise<readonly Float64Array[]> {
  const data = await trainingData(context);
  const graph = trainableGraph(model, false);
  const wanted = new Set(groups.flatMap((group) => outgoing(group).map(({ weight }) => weight.name)));
  const stepper = new Stepper({
    engine: context.engine,
    threads: context.threads,
    graph,
    loss: lossOf(training, data.dataset),
    seed: context.seed,
    trainable: (name) => wanted.has(name),
  });
  const scores = groups.map((group) => new Float64Array(group.units));
  const batches = batchesOf(data.dataset, training.batch, {
    rng: rng(context.seed, context.id, "calibration"),
    maxLength: model.maxLength,
    lengths: paddedLengths(data.task, portsOf(graph).inputs),
  });
  try {
    for (const batch of batches.slice(0, calibration)) {
      context.signal.throwIfAborted();
      await stepper.gradients(trainingBatch(data, graph, batch, training.batch), 0);
      groups.forEach((group, g) => {
        const score = must(scores[g], "scores");
        gates(group, stepper).forEach((value, unit) => {
          score[unit] = (score[unit] ?? 0) + Math.abs(value);
        });
      });
    }
  } finally {
    await stepper.dispose();
  }
  return scores;
}

/** The loss's derivative by a gate on each unit: the sum of w dL/dw over its outgoing weights. */
const gates = (group: AxisGroup, { parameters }: Stepper): Float64Array =>
  overOutgoing(group, (member) => {
    const name = must(member.weight.name, "name");
    const [values, slopes] = [parameters.weight(name), parameters.gradient(name).floats];
    const { floats } = values;
    return perUnit(values, member, group.units, (i) => (floats[i] ?? 0) * (slopes[i] ?? 0));
  });
