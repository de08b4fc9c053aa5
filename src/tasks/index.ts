// Tasks.
export { type Batch, type Dataset, defineTask, type Item, type LoadContext, type Metric, type Task } from "./define.ts";
