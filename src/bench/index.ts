// Measuring: latency, memory, size, and the statistics of what was measured.
export { calibrationError } from "./calibration.ts";
export { costPerMillion } from "./cost.ts";
export { type EnergyMeter, type EnergyOptions, energyMeter, measureEnergy } from "./energy.ts";
export { type LatencyOptions, type LatencyResult, measureLatency, type Variant } from "./latency.ts";
export { describeMachine } from "./machine.ts";
export { type MemoryOptions, measurePeakRss, ownPeakRss } from "./memory.ts";
export { countParameters } from "./parameters.ts";
export { measureFiles } from "./size.ts";
export {
  bootstrap,
  bootstrapMean,
  differenceOfMedians,
  mean,
  pairedDifference,
  proportion,
  quantile,
  ratioOfMedians,
} from "./statistics.ts";
