// A profile of ONNX Runtime by operator and shape: `node bench/profile.js PROFILE.json... [--top 25] [--sum]` prints it as a table;
// --sum adds several up.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { table } from "./table.js";

/** "[2048,256] x [256,1024]" of the shapes that the profile has for a node's inputs. */
const shapesOf = (types = []) =>
  types
    .slice(0, 2)
    .map((type) => `[${Object.values(type)[0].join(",")}]`)
    .join(" x ");

/** Multiply-adds x 2 of a matrix product, from the shapes of its inputs and output; undefined for other operators. */
function operationsOf(op, inputs = [], outputs = []) {
  if (!/^(Fused)?(MatMul|Gemm)$/.test(op)) return undefined;
  const [a, out] = [Object.values(inputs[0] ?? {})[0], Object.values(outputs[0] ?? {})[0]];
  if (!a || !out) return undefined;
  const size = (shape) => shape.reduce((product, dim) => product * dim, 1);
  // an output [..., m, n] of [..., m, k]: k is what the first input has besides the dimensions of the output's rows
  const rows = size(out) / out.at(-1);
  return 2 * size(out) * (size(a) / rows);
}

/**
 * Time by operator and by operator and shape over all runs of the profiles together, without the `skip` first runs of
 * each. Times are summed over kernels, so they leave out what lies between them.
 */
export function readProfiles(paths, { skip = 1 } = {}) {
  const all = { runs: [], byOp: new Map(), byShape: new Map() };
  for (const path of paths) addProfile(JSON.parse(readFileSync(path, "utf8")), skip, all);
  const { runs, byOp, byShape } = all;
  const perRun = (map) =>
    [...map.values()]
      .map(({ key, calls, microseconds, operations }) => ({
        key,
        calls: calls / runs.length,
        ms: microseconds / 1000 / runs.length,
        gflops: operations > 0 ? operations / microseconds / 1000 : undefined,
      }))
      .sort((a, b) => b.ms - a.ms);
  return {
    runs: runs.length,
    ms: runs.reduce((sum, { dur }) => sum + dur, 0) / 1000 / runs.length,
    byOp: perRun(byOp),
    byShape: perRun(byShape),
  };
}

function addProfile(events, skip, { runs, byOp, byShape }) {
  const own = events
    .filter(({ cat, name }) => cat === "Session" && name === "model_run")
    .sort((a, b) => a.ts - b.ts)
    .slice(skip);
  const from = own[0]?.ts ?? Number.POSITIVE_INFINITY;
  runs.push(...own);
  for (const event of events) {
    if (event.cat !== "Node" || !event.name.endsWith("_kernel_time") || event.ts < from) continue;
    const { op_name: op, input_type_shape: inputs, output_type_shape: outputs } = event.args;
    const operations = operationsOf(op, inputs, outputs) ?? 0;
    add(byOp, op, event.dur, operations);
    add(byShape, `${op} ${shapesOf(inputs)}`, event.dur, operations);
  }
}

function add(map, key, microseconds, operations) {
  const row = map.get(key) ?? { key, calls: 0, microseconds: 0, operations: 0 };
  row.calls++;
  row.microseconds += microseconds;
  row.operations += operations;
  map.set(key, row);
}

/** Rows of a profile for a table: name, calls and milliseconds a run, share, GFLOP/s where it is a matrix product. */
export function profileRows(rows, top = rows.length) {
  const total = rows.reduce((sum, { ms }) => sum + ms, 0);
  const rest = rows.slice(top);
  const line = ({ key, calls, ms, gflops }) => [
    key,
    String(Math.round(calls)),
    ms.toFixed(2),
    `${((100 * ms) / total).toFixed(1)} %`,
    gflops ? gflops.toFixed(0) : "",
  ];
  const left = {
    key: `${rest.length} more`,
    calls: rest.reduce((sum, { calls }) => sum + calls, 0),
    ms: rest.reduce((sum, { ms }) => sum + ms, 0),
  };
  return [
    ...rows.slice(0, top).map(line),
    ...(rest.length > 0 ? [line(left)] : []),
    line({ key: "all kernels", calls: rows.reduce((sum, { calls }) => sum + calls, 0), ms: total }),
  ];
}

export const profileHead = ["operator", "calls", "ms", "share", "GFLOP/s"];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf("--top");
  const top = at < 0 ? 25 : Number(process.argv[at + 1]);
  const paths = process.argv
    .slice(2)
    .filter((word, i, all) => !word.startsWith("--") && all[i - 1] !== "--top");
  if (paths.length === 0) throw new Error("usage: node bench/profile.js PROFILE.json... [--top 25] [--sum]");
  for (const some of process.argv.includes("--sum") ? [paths] : paths.map((path) => [path])) {
    const { runs, ms, byOp, byShape } = readProfiles(some);
    console.log(`${some.join(" ")}: ${runs} runs, ${ms.toFixed(1)} ms each\n`);
    console.log(table(profileHead, profileRows(byOp)));
    console.log(table(profileHead, profileRows(byShape, top)));
  }
}
