// The inputs of a lock that says nothing of what its result was made from.
import type { LockInputs } from "../../src/pipeline/lock.ts";

export const noInputs: LockInputs = {
  minnow: "",
  code: "",
  node: "",
  platform: "",
  cpu: "",
  threads: 1,
  seed: 1,
  recipe: { path: "", says: "" },
  teacher: [],
  data: [],
};
