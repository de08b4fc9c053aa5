// Plain lines off a terminal: fixed keys, a progress line every few seconds, no escape code.

import type { Io, RunEvent } from "../../base/index.ts";
import { printable } from "../../base/index.ts";
import { paceKeeper } from "./pace.ts";
import type { Renderer } from "./renderer.ts";

/** Least time between two progress lines of a step, in milliseconds. */
const interval = 5000;

interface Step {
  shown: number;
  readonly pace: ReturnType<typeof paceKeeper>;
}

/** A line for each event: `progress step=distill done=120 total=1400 unit=steps rate=35.2 left=36`. */
export function lines(io: Pick<Io, "err" | "now">): Renderer {
  const steps = new Map<string, Step>();
  const write = (
    name: string,
    values: Readonly<Record<string, string | number | boolean | undefined>>,
  ): void => {
    const pairs = Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${quoted(value)}`],
    );
    io.err.write(`${[name, ...pairs].join(" ")}\n`);
  };
  const stepOf = (id: string): Step => {
    const found = steps.get(id) ?? { shown: io.now(), pace: paceKeeper() };
    steps.set(id, found);
    return found;
  };
  return {
    emit(event) {
      if (event.kind === "progress") progress(event, stepOf(event.id), io.now(), write);
      else if (event.kind === "start") {
        stepOf(event.id).pace(io.now(), 0, event.total ?? 0);
        write("start", { step: event.id, total: event.total, unit: event.unit });
      } else if (event.kind === "done") {
        steps.delete(event.id);
        const { id, seconds, cached, summary } = event;
        write("done", { step: id, seconds: seconds.toFixed(1), cached, summary });
      } else write(event.level, { message: event.message });
    },
    close: () => undefined,
  };
}

function progress(
  { id, done, total, unit, loss }: Extract<RunEvent, { kind: "progress" }>,
  step: Step,
  now: number,
  write: (name: string, values: Readonly<Record<string, string | number | undefined>>) => void,
): void {
  const { rate, left } = step.pace(now, done, total);
  if (now - step.shown < interval) return;
  step.shown = now;
  write("progress", {
    step: id,
    done,
    total,
    unit,
    rate: rate?.toFixed(1),
    loss: loss?.toPrecision(4),
    left: left === undefined ? undefined : Math.round(left),
  });
}

function quoted(value: string | number | boolean): string {
  const text = printable(String(value));
  return /[\s"=]|^$/.test(text) ? JSON.stringify(text) : text;
}
