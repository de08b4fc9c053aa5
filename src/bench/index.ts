// Measuring: latency, memory, size, and the statistics of what was measured.
export {
  differenceOfMedians,
  occasion,
  quantileAt,
  ratioOfMedians,
  type Timed,
  timeOf,
} from "./blocks.ts";
export { calibrationError } from "./calibration.ts";
export { costPerMillion } from "./cost.ts";
export { type EnergyMeter, type EnergyOptions, energyMeter, measureEnergy } from "./energy.ts";
export { type LatencyOptions, type LatencyResult, measureLatency, type Variant } from "./latency.ts";
export { describeMachine } from "./machine.ts";
export { type MemoryOptions, measurePeakRss, ownPeakRss } from "./memory.ts";
export { nonzeroOf } from "./nonzero.ts";
export { countParameters } from "./parameters.ts";
export { measureFiles } from "./size.ts";
export {
  bootstrap,
  mean,
  metricInterval,
  pairedDifference,
  proportion,
  quantile,
  skewedMean,
} from "./statistics.ts";
export { judgeLooks, type Look, openWatch, type Verdict, type Watch } from "./watch.ts";
