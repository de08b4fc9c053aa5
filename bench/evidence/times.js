// One measurement of two models in a process of its own, as a run makes it: `times.js SECONDS TEACHER.onnx MINI.onnx`. Prints JSON.
import { measureLatency, openWatch } from "../../dist/bench/index.js";
import { openEngine } from "../../dist/engine/index.js";
import { Tensor } from "../../dist/tensor/index.js";

const [seconds, ...files] = process.argv.slice(2);
/** Lengths of the items in tokens, in turn. */
const LENGTHS = [6, 9, 12, 8, 17, 10, 7, 13];
const threads = 2;

const engine = await openEngine();
const watch = await openWatch(engine, threads);
const feedsOf = ({ inputs }, length) => {
  const filled = (value) =>
    Tensor.of(
      "i64",
      [1, length],
      BigInt64Array.from({ length }, (_, i) => value(i)),
    );
  const values = {
    input_ids: filled((i) => BigInt(1 + i)),
    attention_mask: filled(() => 1n),
    token_type_ids: filled(() => 0n),
  };
  return Object.fromEntries(inputs.map(({ name }) => [name, values[name]]));
};
const variants = [];
for (const name of files) {
  const session = await engine.open(name, { threads });
  const feeds = LENGTHS.map((length) => feedsOf(session, length));
  variants.push({ name, run: async (i) => void (await session.run(feeds[i])) });
}
const results = await measureLatency(variants, {
  batch: 1,
  lengths: LENGTHS.map((length) => [length]),
  budgetMs: (1000 * Number(seconds)) / files.length,
  maxRuns: 100_000,
  watch,
});
console.log(JSON.stringify(results.map(({ latency }) => latency)));
process.exit(0);
