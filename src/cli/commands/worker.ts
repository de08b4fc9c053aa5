// minnow worker: takes trials from a queue until it is told to stop.
import { cacheFlag, cacheOf } from "../cache.ts";
import { defineCommand, runOptions } from "../define.ts";
import { plural } from "../render/figures.ts";

export const worker = defineCommand({
  name: "worker",
  describe: "run what minnow compress and compare put on a queue, here, until it is told to stop",
  examples: ["worker --queue redis://127.0.0.1:6379", "worker --queue redis://10.0.0.5 --drain"],
  positionals: {},
  flags: {
    queue: { type: "string", demandOption: true, describe: "address of the Redis server" },
    drain: { type: "boolean", default: false, describe: "end when nothing is waiting any more" },
    cache: cacheFlag,
  },
  async run({ queue: url, drain, cache }, context) {
    const { workQueue } = await import("../../search/index.ts");
    const options = { ...runOptions(context), ...(await cacheOf(cache, context)), url, drain };
    const { done, failed } = await workQueue(options);
    const text = `${plural(done, "trial")} run${failed > 0 ? `, ${failed} more failed` : ""}\n`;
    return { json: { schema: "minnow.worker/1", done, failed }, text };
  },
});
