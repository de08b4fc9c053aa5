// The pipeline: what the commands and the library call.
export type * from "./api.ts";
export { compress, finished, prepare, runStep } from "./compress.ts";
export { dryRun } from "./dry-run.ts";
export { inspectModel } from "./inspect.ts";
export { benchModels, evaluateModel, exportModel } from "./look.ts";
export { checked, checkedAsync, checkedText } from "./options.ts";
export { filesOfResult, holdFolder, placeFiles } from "./output.ts";
export { checkOutput, readsOf } from "./target.ts";
export { verifyFolder } from "./verify.ts";
