// Times ONNX classifiers in turns, in this one process, on real sentences: `latency.js --tokenizer DIR --data FILE A.onnx B.onnx ...`.
// Prints JSON: quantiles of each file, and its ratio to every other with an interval.
import { parseArgs } from "node:util";
import { measureLatency, openWatch, quantile, ratioOfMedians } from "../dist/bench/index.js";
import { openEngine } from "../dist/engine/index.js";
import { busyWords } from "../dist/record/index.js";
import { openDataset } from "./dataset.js";

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    tokenizer: { type: "string" },
    data: { type: "string" },
    key: { type: "string", default: "test" },
    items: { type: "string", default: "500" },
    seconds: { type: "string", default: "10" },
    threads: { type: "string", default: "2" },
  },
});
const { task, dataset } = await openDataset(values.tokenizer, `${values.data}#${values.key}`);
const stride = Math.max(1, Math.floor(dataset.items.length / Number(values.items)));
const items = dataset.items.filter((_, i) => i % stride === 0).slice(0, Number(values.items));
const collated = items.map((item) => task.collate([item], item.length, 1));

const engine = await openEngine();
const sessions = [];
for (const file of files) sessions.push(await engine.open(file, { threads: Number(values.threads) }));
const variants = sessions.map((session, i) => {
  const feeds = collated.map((all) =>
    Object.fromEntries(session.inputs.map(({ name }) => [name, all[name]])),
  );
  return { name: files[i], run: async (index) => void (await session.run(feeds[index])) };
});
const watch = await openWatch(engine, Number(values.threads));
const lengths = items.map(({ length }) => [length]);
const results = await measureLatency(variants, {
  batch: 1,
  lengths,
  budgetMs: 1000 * Number(values.seconds),
  maxRuns: 20_000,
  watch,
});
const { busy } = results[0].latency;
if (busy) throw new Error(`nothing is compared: ${busyWords(busy)}`);
console.log(
  JSON.stringify({
    items: items.length,
    lengths: { p50: quantile(lengths.flat(), 0.5), p95: quantile(lengths.flat(), 0.95) },
    results: results.map((own, i) => ({
      name: own.name,
      ...own.latency,
      ratio: results.map((other, j) => (i === j ? undefined : ratioOfMedians(own, other))),
    })),
  }),
);
for (const session of sessions) await session.dispose();
await watch.dispose();
