// The live display on a terminal: a bar for each step that runs, a line for each that is done.

import { MultiBar, type Options, type Params, type SingleBar } from "cli-progress";
import type { Io, RunEvent } from "../../base/index.ts";
import { printable } from "../../base/index.ts";
import { duration } from "./figures.ts";
import { type Pace, paceKeeper } from "./pace.ts";
import type { Paints } from "./paint.ts";
import type { Renderer } from "./renderer.ts";

/** Least time between two draws, in milliseconds. */
const interval = 100;

interface Payload {
  readonly title: string;
  readonly unit: string;
  readonly pace: Pace;
  readonly loss: number | undefined;
}

interface Step {
  readonly bar: SingleBar;
  readonly title: string;
  readonly pace: ReturnType<typeof paceKeeper>;
}

/** Draws at most ten times a second; `close` leaves the finished lines and gives the cursor back. */
export function live(io: Pick<Io, "err" | "now">, paint: Paints): Renderer {
  const bars = new MultiBar({
    stream: io.err,
    format: (options: Options, params: Params, payload: Payload) => barLine(options, params, payload, paint),
    fps: 1000 / interval,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    gracefulExit: false,
    autopadding: false,
    barsize: 24,
    emptyOnZero: true,
    linewrap: false,
  });
  const steps = new Map<string, Step>();
  let drawn = Number.NEGATIVE_INFINITY;
  bars.on("update-post", () => {
    drawn = io.now();
  });
  const open = (id: string, title: string, total: number, unit: string): Step => {
    const payload: Payload = { title, unit, pace: { rate: undefined, left: undefined }, loss: undefined };
    const step = { bar: bars.create(total, 0, payload), title, pace: paceKeeper() };
    step.pace(io.now(), 0, total);
    steps.set(id, step);
    if (io.now() - drawn >= interval) bars.update();
    return step;
  };
  const first = "begin";
  const settle = (): void => {
    const begun = steps.get(first);
    if (begun) bars.remove(begun.bar);
    steps.delete(first);
  };
  const finished = (line: string): void => {
    if (bars.isActive) bars.log(`${line}\n`);
    else io.err.write(`${line}\n`);
  };
  const emit = (event: RunEvent): void => {
    if (event.kind === "start") open(event.id, printable(event.title), event.total ?? 0, event.unit ?? "");
    else if (event.kind === "progress") {
      const { done, total, unit, loss } = event;
      const step = steps.get(event.id) ?? open(event.id, printable(event.id), total, unit);
      step.bar.setTotal(total);
      step.bar.update(done, {
        title: step.title,
        unit,
        pace: step.pace(io.now(), done, total),
        loss,
      } satisfies Payload);
      if (io.now() - drawn >= interval) bars.update();
    } else if (event.kind === "done") {
      const step = steps.get(event.id);
      finished(doneLine(event, step?.title ?? printable(event.id), paint));
      if (step) bars.remove(step.bar);
      steps.delete(event.id);
    } else {
      const color = event.level === "warning" ? paint.yellow : paint.dim;
      finished(`${color(`${event.level}:`)} ${printable(event.message)}`);
    }
  };
  return {
    begin: (words) => void open(first, words, 0, ""),
    emit(event) {
      settle();
      emit(event);
    },
    close() {
      if (bars.isActive) bars.update();
      if (bars.isActive) bars.stop();
    },
  };
}

function barLine(
  { barsize = 24 }: Options,
  { value, total }: Params,
  payload: Payload,
  paint: Paints,
): string {
  const { title, unit, pace, loss } = payload;
  const name = titleCell(title);
  if (total <= 0) return `${paint.bold(name)} ...`;
  const full = Math.min(barsize, Math.floor((barsize * value) / total));
  const parts = [
    `${value}/${total} ${unit}`,
    ...(pace.rate === undefined ? [] : [`${pace.rate.toFixed(1)}/s`]),
    ...(loss === undefined ? [] : [`loss ${loss.toPrecision(4)}`]),
    ...(pace.left === undefined ? [] : [`${duration(pace.left)} left`]),
  ];
  return `${paint.bold(name)} [${"#".repeat(full)}${"-".repeat(barsize - full)}] ${parts.join("  ")}`;
}

function doneLine(
  { seconds, summary, cached }: Extract<RunEvent, { kind: "done" }>,
  title: string,
  paint: Paints,
): string {
  const parts = [
    cached ? "cached" : duration(seconds),
    ...(summary === undefined ? [] : [printable(summary)]),
  ];
  return `${paint.bold(titleCell(title))} ${paint.green("done")}  ${parts.join("  ")}`;
}

/** A title in 22 columns; of a longer one, the end. */
const titleCell = (title: string): string => (title.length > 22 ? `…${title.slice(-21)}` : title.padEnd(22));
