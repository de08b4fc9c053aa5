// The process of one run: does what it is sent, tells its events, and ends when it is told to or when its parent has gone.
import { AppError, asAppError } from "../base/index.ts";
import { compress, prepare } from "../pipeline/index.ts";
import { type ChildMessage, type ChildTask, plainError } from "./process.ts";

const controller = new AbortController();
const tell = (message: ChildMessage): void => {
  if (process.connected) process.send?.(message, () => undefined);
};
// a signal for the whole group of a terminal reaches the parent too, which says when
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => controller.abort(new AppError("terminated", "asked to terminate")));
process.on("disconnect", () => controller.abort(new AppError("terminated", "its parent has gone")));

process.once("message", ({ work, options }: ChildTask) => {
  const all = {
    ...options,
    signal: controller.signal,
    emit: (event: unknown) => tell({ event } as ChildMessage),
  };
  const done = work === "compress" ? compress(all) : prepare(all).then(() => undefined);
  done
    .then(
      (record) => tell({ record }),
      (cause: unknown) => tell({ error: plainError(asAppError(cause)) }),
    )
    .finally(() => {
      process.removeAllListeners("disconnect");
      if (process.connected) process.disconnect();
    });
});
