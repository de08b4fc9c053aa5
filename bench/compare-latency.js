// Latency of the exported teacher against Optimum's export, both in one process of onnxruntime-node; and of the int8 files.
import { join } from "node:path";
import { optimumOnnx, teacherOnnx } from "./exports.js";
import { clinc, here, minnow, needData, out, peer, teacher } from "./peers.js";
import { runToEnd } from "./process.js";

export const name = "latency";
export const title = "Latency at batch 1";

export async function compare({ rounds = 8, say }) {
  needData();
  const own = teacherOnnx();
  say("exporting with Optimum");
  const theirs = optimumOnnx();
  const [quantized, peerQuantized] = [join(out, "quantized"), join(out, "optimum-int8.onnx")];
  runToEnd([...minnow, "quantize", own, "-o", quantized, "--quiet"]);
  const { versions } = JSON.parse(runToEnd(peer("quantize.py", theirs, peerQuantized)));
  const files = [own, theirs, join(quantized, "onnx", "model_quantized.onnx"), peerQuantized];
  say("timing");
  const seconds = 2 * rounds;
  const script = join(here, "latency.js");
  const { results, lengths, items } = JSON.parse(
    runToEnd([
      process.execPath,
      script,
      "--tokenizer",
      teacher,
      "--data",
      clinc,
      "--seconds",
      String(seconds),
      ...files,
    ]),
  );
  const row = (what, mine, other, limit) => ({
    what,
    minnow: results[mine].p50Ms,
    peer: results[other].p50Ms,
    ratio: results[mine].ratio[other],
    ...(limit && { limit }),
  });
  const quantiles = results.map(({ p50Ms, p90Ms, p95Ms, runs }, i) => [
    ["minnow, float", "Optimum, float", "minnow, int8", "Python, int8"][i],
    p50Ms.toFixed(3),
    p90Ms.toFixed(3),
    p95Ms.toFixed(3),
    String(runs),
  ]);
  return {
    rows: [
      row("float, ms", 0, 1, 1.0),
      row("int8 (minnow's from its export, Python's quantize_dynamic from Optimum's), ms", 2, 3),
    ],
    versions,
    how: [
      `All four files in one process of onnxruntime-node with 2 threads, a session each, in turns (A B C D, D C B A, ...) over ${items} sentences of the test part at their real lengths (median ${lengths.p50} tokens, 95 % at most ${lengths.p95}), batch 1, tokenization not included; ${seconds} s for each file after its warm-up.`,
      "Ratios are of medians over the same items, with a 95 % interval over blocks of turns.",
    ],
    tables: [
      { title: "Quantiles", head: ["file", "p50, ms", "p90, ms", "p95, ms", "runs"], rows: quantiles },
    ],
  };
}
