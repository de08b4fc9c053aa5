// The pipeline: what the commands and the library call.
export type * from "./api.ts";
export { compress, runStep } from "./compress.ts";
export { dryRun } from "./dry-run.ts";
export { benchModels, evaluateModel, exportModel, inspectModel } from "./look.ts";
export { verifyFolder } from "./verify.ts";
