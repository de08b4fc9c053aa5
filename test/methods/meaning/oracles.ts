// Each oracle with the source file that it is about: what must hold there, and what a mutant of it must break.

import * as cutting from "./cutting.ts";
import * as fresh from "./fresh.ts";
import * as importance from "./importance.ts";
import * as magnitude from "./magnitude.ts";
import * as projection from "./projection.ts";
import * as structured from "./structured.ts";
import * as student from "./student.ts";
import * as training from "./training.ts";

/** Throws where the module does not mean what it says. */
export type Oracle = (module: never) => Promise<void> | void;

/** Oracles by source file. */
export const oracles: Readonly<Record<string, Readonly<Record<string, Oracle>>>> = {
  "methods/prune/structured.ts": { ...structured },
  "methods/prune/importance.ts": { ...importance },
  "methods/prune/magnitude.ts": { ...magnitude },
  "passes/cut.ts": { whatStaysIsWhatWasKept: cutting.whatStaysIsWhatWasKept },
  "passes/axis-labels.ts": { headsAreConsecutive: cutting.headsAreConsecutive },
  "methods/distill/student.ts": { ...student },
  "families/fresh.ts": { ...fresh },
  "methods/distill/projection.ts": { ...projection },
  "methods/distill/distill.ts": { studentsHaveTheirSizes: training.studentsHaveTheirSizes },
  "methods/training.ts": {
    aBatchIsItsItems: training.aBatchIsItsItems,
    prunedZerosStay: training.prunedZerosStay,
  },
  "methods/masking.ts": { masksItsShare: training.masksItsShare },
  "methods/quantize/int8.ts": { integersAreNearest: training.integersAreNearest },
  "tasks/batches.ts": { batchesHoldTheirItems: training.batchesHoldTheirItems },
  "train/losses.ts": { lossesArePyTorchs: training.lossesArePyTorchs },
  "train/parameters.ts": { stepsArePyTorchs: training.stepsArePyTorchs },
  "train/schedule.ts": { schedulesRiseAndFall: training.schedulesRiseAndFall },
};
