// Results of steps that are kept between runs.
export { CACHE_LIMIT, type Entry, type Found, type PruneOptions, Store } from "./store.ts";
