// NDJSON: every event as one JSON object a line on stderr, with the milliseconds since the command began.
import { type Io, printJson } from "../../base/index.ts";
import type { Renderer } from "./renderer.ts";

/** `{"schema":"minnow.event/1","ms":1200,"kind":"progress",...}`. */
export function ndjson(io: Pick<Io, "err" | "now">): Renderer {
  const begin = io.now();
  return {
    emit(event) {
      io.err.write(
        `${printJson({ schema: "minnow.event/1", ms: Math.round(io.now() - begin), ...event })}\n`,
      );
    },
    close: () => undefined,
  };
}
