// Exports of the teacher that benchmarks share: made once, in bench/out.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { minnow, out, peer, teacher } from "./peers.js";
import { runToEnd } from "./process.js";

const made = new Set();

/** Makes a file anew in each run of the benchmarks, so that it is never an older version's. */
function once(path, make) {
  if (made.has(path) && existsSync(path)) return path;
  mkdirSync(out, { recursive: true });
  make();
  made.add(path);
  return path;
}

/** minnow's export of the teacher. */
export function teacherOnnx() {
  const folder = join(out, "teacher");
  return once(join(folder, "onnx", "model.onnx"), () =>
    runToEnd([...minnow, "export", teacher, "-o", folder, "--quiet"]),
  );
}

/** Optimum's export of the teacher, as it is by default, or at one of its levels of optimisation. */
export function optimumOnnx(level = "") {
  const path = join(out, `optimum${level}.onnx`);
  return once(path, () => runToEnd(peer("export_optimum.py", teacher, path, ...(level ? [level] : []))));
}
