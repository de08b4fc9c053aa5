// start: the process around main: its streams, its signals, its exit, and the net under everything.
import { AppError, answerSignals, asAppError, exitCodes, fileError, type Io } from "../base/index.ts";
import { tellFailure } from "./failure.ts";
import { globalsOfWords } from "./globals.ts";
import { main } from "./main.ts";

const showCursor = "\u001b[?25h";

/** Runs the process's command line and exits with its code, once all output is flushed. */
export async function start(): Promise<void> {
  const controller = new AbortController();
  const argv = process.argv.slice(2);
  const io: Io = {
    // opened by whoever asks something
    get in() {
      return process.stdin;
    },
    out: process.stdout,
    err: process.stderr,
    // a folder that is gone is told by the command that needs it
    get cwd() {
      return process.cwd();
    },
    env: process.env,
    signal: controller.signal,
    now: () => performance.now(),
  };
  process.stdout.on("error", (cause) => leaveOnStream(cause, "standard output"));
  process.stderr.on("error", (cause) => leaveOnStream(cause, "standard error"));
  answerSignals(
    {
      SIGINT: () => stop(controller, "interrupted", "interrupted"),
      SIGTERM: () => stop(controller, "terminated", "asked to terminate"),
    },
    restoreCursor,
  );
  process.on("uncaughtException", (cause) => {
    // a second one while the first is told is not told
    process.removeAllListeners("uncaughtException").on("uncaughtException", () => process.exit());
    leave(tellFailure(asAppError(cause), globalsOfWords(argv), io));
  });
  leave(await main(argv, io));
}

/** Exits once everything is written; what cannot be written is told by the stream's own error. */
function leave(code: number): void {
  process.exitCode = code;
  process.stderr.write("", () => process.stdout.write("", (failed) => failed ?? process.exit(code)));
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

/** A reader that went away ends the process as SIGPIPE would; a stream that cannot be written is told on the other one. */
function leaveOnStream(cause: NodeJS.ErrnoException, name: "standard output" | "standard error"): void {
  if (cause.code === "EPIPE" || cause.code === "ECONNRESET") process.exit(exitCodes.pipe);
  const error = fileError(cause, name, "cannot be written", "resource");
  if (name === "standard error") process.exit(error.exitCode);
  process.stderr.write(`error: ${error.describe()}\n`, () => process.exit(error.exitCode));
}
