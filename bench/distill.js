// The distillation of recipes/clinc150.yaml, timed by phase; prints and writes JSON as bench/peers/distill.py does.
// `distill.js --teacher DIR --data FILE --out metrics.json [--epochs 12] [--max-steps N] [--profile PREFIX]`
// With --profile the engine writes a profile by operator for each length of the batches; bench/profile.js --sum adds them up.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadCheckpoint, methods, openCheckpoint, openEngine, opTable } from "../dist/index.js";
import { logitsOf, score, taskNamed } from "../dist/tasks/index.js";

const { values } = parseArgs({
  options: {
    teacher: { type: "string" },
    data: { type: "string" },
    out: { type: "string" },
    epochs: { type: "string", default: "12" },
    "max-steps": { type: "string" },
    threads: { type: "string", default: "2" },
    seed: { type: "string", default: "7" },
    profile: { type: "string" },
  },
});
const threads = Number(values.threads);
const limit = Number(values["max-steps"] ?? Number.POSITIVE_INFINITY);
const started = performance.now() - process.uptime() * 1000;
const seconds = {};
let clock = started;
const phase = (name) => {
  const now = performance.now();
  seconds[name] = (now - clock) / 1000;
  clock = now;
};

const engine = await openEngine();
const task = taskNamed("text-classification");
phase("import");
const teacher = loadCheckpoint(await openCheckpoint(values.teacher), opTable);
const { tokenizer, labels, maxLength } = teacher;
phase("load");
const read = (key) =>
  task.load(`${values.data}#${key}`, task.params.parse({}), {
    tokenizer,
    labels,
    maxLength,
    folder: process.cwd(),
    labelled: true,
  });
const [train, test] = [await read("train"), await read("test")];
phase("tokenize");
const answers = async (model, dataset, rows) => {
  const session = await engine.compile(model.model.graph, { threads });
  return logitsOf(session, task, dataset, { rows, maxLength }).finally(() => session.dispose());
};
const logits = await answers(teacher, train, 32);
phase("teacher_logits");

const steps = [];
const controller = new AbortController();
const epochs = Number(values.epochs);
let last;
let perEpoch = 0;
const emit = (event) => {
  if (event.kind !== "progress") return;
  const now = performance.now();
  steps.push(now - last);
  last = now;
  perEpoch = event.total / epochs;
  if (steps.length >= limit) controller.abort(new Error("enough steps"));
};
const context = {
  engine: values.profile
    ? { ...engine, compile: (graph, more) => engine.compile(graph, { ...more, profile: values.profile }) }
    : engine,
  seed: Number(values.seed),
  signal: controller.signal,
  emit,
  id: "distill",
  threads,
  task,
  train,
  teacher,
  teacherLogits: async () => logits,
};
const bind = (count) =>
  methods
    .find(({ name }) => name === "distill")
    .bind({ student: { layers: 3, hidden: 192 }, start: "projected", epochs: count, learningRate: 1e-3 });
// makes the student and its first gradient graph; the first step's time holds the making, so it is measured apart
last = performance.now();
const untrained = await bind(0).apply(teacher, context);
phase("student");
last = performance.now();
const trained = await bind(epochs)
  .apply(teacher, context)
  .catch((error) => {
    if (controller.signal.aborted) return untrained;
    throw error;
  });
phase("train");
// the student is made again inside: once is enough
seconds.train -= seconds.student;
steps[0] -= 1000 * seconds.student;
const labelsOf = test.items.map(({ label }) => label);
const student = await answers(trained.model, test, 64);
phase("student_test");
const reference = await answers(teacher, test, 64);
phase("teacher_test");

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / Math.max(1, list.length);
const { correct, agreement } = score(student, labelsOf, reference);
const metrics = {
  peer: "minnow",
  arguments: { epochs, "max-steps": values["max-steps"] ?? null },
  seconds,
  steps: steps.length,
  steps_per_epoch: perEpoch,
  seconds_per_epoch: Array.from(
    { length: Math.floor(steps.length / perEpoch) },
    (_, i) => (mean(steps.slice(i * perEpoch, (i + 1) * perEpoch)) * perEpoch) / 1000,
  ),
  step_ms: {
    mean: mean(steps),
    median: [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)],
    later: mean(steps.slice(perEpoch)),
  },
  peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
  ...(controller.signal.aborted
    ? {}
    : { accuracy: mean(correct), agreement: mean(agreement), n: test.items.length }),
};
writeFileSync(values.out, JSON.stringify(metrics, null, 1));
console.log(JSON.stringify(metrics));
