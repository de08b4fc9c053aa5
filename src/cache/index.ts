// Results of steps that are kept between runs.
export { type Entry, type Found, Store } from "./store.ts";
