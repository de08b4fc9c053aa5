// The child process of measurePeakRss: loads a model, runs the feeds it is sent, answers its peak memory,
// and ends.
import { openEngine } from "../engine/index.ts";
import { Tensor } from "../tensor/index.ts";
import { type MemoryAnswer, type MemoryTask, ownPeakRss } from "./memory.ts";

process.once("message", (task: MemoryTask) => {
  const give = (answer: MemoryAnswer): void => {
    process.send?.(answer, () => process.disconnect());
  };
  measure(task).then(give, (cause: unknown) =>
    give({ error: cause instanceof Error ? cause.message : String(cause) }),
  );
});

async function measure(task: MemoryTask): Promise<MemoryAnswer> {
  const engine = await openEngine(task.engine);
  const session = await engine.open(task.model, { threads: task.threads });
  for (const feeds of task.feeds) {
    const tensors = Object.entries(feeds).map(([name, { dtype, shape, bytes }]) => [
      name,
      new Tensor(dtype, shape, bytes),
    ]);
    await session.run(Object.fromEntries(tensors));
  }
  const peakRssBytes = await ownPeakRss();
  await session.dispose();
  return { peakRssBytes };
}
