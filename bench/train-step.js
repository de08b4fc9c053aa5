// Times minnow's training step (gradients, clipping, AdamW) on the benchmark encoder; `run N` on stdin answers {"ms":[...]}.
// With --profile PREFIX the engine writes a profile by operator at the end.
import { createInterface } from "node:readline";
import { crossEntropy, openEngine, Stepper, Tensor } from "../dist/index.js";
import { encoder, shape } from "./encoder.js";

const [rows, length] = [32, 64];
const at = process.argv.indexOf("--profile");
const engine = await openEngine();
const profiled =
  at < 0
    ? engine
    : {
        ...engine,
        compile: (graph, options) => engine.compile(graph, { ...options, profile: process.argv[at + 1] }),
      };
const stepper = new Stepper({ engine: profiled, threads: 2, graph: encoder(), loss: crossEntropy, seed: 1 });
let state = 12345;
const random = (n) => {
  state = (state * 1103515245 + 12345) & 0x7fffffff;
  return state % n;
};
function batch() {
  const target = new Float32Array(rows * shape.classes);
  for (let i = 0; i < rows; i++) target[i * shape.classes + random(shape.classes)] = 1;
  return {
    dims: { batch: rows, sequence: length },
    feeds: {
      input_ids: Tensor.of(
        "i64",
        [rows, length],
        BigInt64Array.from({ length: rows * length }, () => BigInt(random(shape.vocabulary))),
      ),
      attention_mask: Tensor.of("i64", [rows, length], new BigInt64Array(rows * length).fill(1n)),
      target: Tensor.floats([rows, shape.classes], target),
      "row weight": Tensor.floats([rows], new Float32Array(rows).fill(1 / rows)),
    },
  };
}
const adamw = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };
let steps = 0;
async function step() {
  const loss = await stepper.gradients(batch(), steps++);
  const middle = performance.now();
  const norm = stepper.parameters.gradientNorm();
  stepper.parameters.step(adamw, Math.min(1, 1 / (norm + 1e-6)));
  return { loss, optimiser: performance.now() - middle };
}
await step();
console.log(JSON.stringify({ ready: true, parameters: stepper.parameters.names.length }));
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, count] = line.split(" ");
  if (verb === "quit") break;
  const ms = [];
  const optimiser = [];
  for (let i = 0; i < Number(count); i++) {
    const start = performance.now();
    const result = await step();
    ms.push(performance.now() - start);
    optimiser.push(result.optimiser);
  }
  console.log(JSON.stringify({ ms, optimiser }));
}
await stepper.dispose();
