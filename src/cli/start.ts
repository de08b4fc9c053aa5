// start: the process around main: its streams, its signals, its exit.
import { AppError, answerSignals, exitCodes, type Io } from "../base/index.ts";
import { main } from "./main.ts";

const showCursor = "\u001b[?25h";

/** Runs the process's command line and exits with its code, once all output is flushed. */
export async function start(): Promise<void> {
  const controller = new AbortController();
  const io: Io = {
    // opened by whoever asks something
    get in() {
      return process.stdin;
    },
    out: process.stdout,
    err: process.stderr,
    cwd: process.cwd(),
    env: process.env,
    signal: controller.signal,
    now: () => performance.now(),
  };
  for (const stream of [process.stdout, process.stderr]) stream.on("error", leaveOnBrokenPipe);
  answerSignals(
    {
      SIGINT: () => stop(controller, "interrupted", "interrupted"),
      SIGTERM: () => stop(controller, "terminated", "asked to terminate"),
    },
    restoreCursor,
  );
  const code = await main(process.argv.slice(2), io);
  process.stderr.write("", () => process.stdout.write("", () => process.exit(code)));
}

/** The first signal asks for an end at a safe point; the second leaves at once. */
function stop(controller: AbortController, kind: "interrupted" | "terminated", why: string): void {
  if (controller.signal.aborted) {
    restoreCursor();
    process.exit(exitCodes[kind]);
  }
  controller.abort(new AppError(kind, why));
}

function restoreCursor(): void {
  if (process.stderr.isTTY) process.stderr.write(showCursor);
}

function leaveOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(exitCodes.pipe);
  throw error;
}
