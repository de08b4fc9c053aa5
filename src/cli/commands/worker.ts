// minnow worker: takes trials from a queue until it is told to stop.
import { resolve } from "node:path";
import { AppError } from "../../base/index.ts";
import { cacheFlag, cacheOf } from "../cache.ts";
import { defineCommand, runOptions } from "../define.ts";
import { plural } from "../render/figures.ts";

export const worker = defineCommand({
  name: "worker",
  describe: "run what minnow compress and compare put on a queue, here, until it is told to stop",
  examples: ["worker --queue redis://127.0.0.1:6379", "worker --queue redis://10.0.0.5 --root /data --drain"],
  positionals: {},
  flags: {
    queue: { type: "string", describe: "address of the Redis server (default: $MINNOW_QUEUE)" },
    root: {
      type: "string",
      array: true,
      offers: "files",
      describe: "folder that models and data may be read from; may be repeated (default: the current one)",
    },
    drain: { type: "boolean", default: false, describe: "end when nothing is waiting any more" },
    cache: cacheFlag,
  },
  async run({ queue, root, drain, cache }, context) {
    const { queueAddress, queueKey, workQueue } = await import("../../search/index.ts");
    const { io, emit } = context;
    const url = queueAddress(queue, io.env, emit);
    if (url === undefined)
      throw new AppError("usage", "it is missing", {
        path: "--queue",
        hint: "--queue redis://host:6379, or let MINNOW_QUEUE hold the address",
      });
    const roots = root?.map((folder) => resolve(io.cwd, folder));
    const options = {
      ...runOptions(context),
      ...(await cacheOf(cache, context)),
      ...(roots && { roots }),
      url,
      key: queueKey(io.env),
      drain,
    };
    const { done, failed } = await workQueue(options);
    const text = `${plural(done, "trial")} run${failed > 0 ? `, ${failed} more failed` : ""}\n`;
    return { json: { schema: "minnow.worker/1", done, failed }, text };
  },
});
