// Renderers of the event stream; which one depends on --progress and on what stderr is.
import type { Io } from "../../base/index.ts";
import type { Globals } from "../define.ts";
import { lines } from "./lines.ts";
import { ndjson } from "./ndjson.ts";
import { isLive, paints } from "./paint.ts";
import { type Renderer, silent } from "./renderer.ts";

export type { Renderer } from "./renderer.ts";

/** The renderer that was asked for; on a terminal "auto" gives bars, elsewhere plain lines. */
export async function openRenderer(io: Io, { quiet, progress, color }: Globals): Promise<Renderer> {
  if (quiet || progress === "none") return silent;
  if (progress === "json") return ndjson(io);
  if (progress === "plain" || !isLive(io.err, io.env)) return lines(io);
  const { live } = await import("./live.ts");
  return live(io, paints(io.err, io.env, color));
}
