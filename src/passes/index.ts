// Passes: graph to graph, each with one promise.
export { fold, mergeEqual, specialise } from "./simplify.ts";
