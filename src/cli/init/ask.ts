// What minnow init cannot decide: asked for on a terminal, and elsewhere an error that names the flag.
import { AppError, type Io, printable } from "../../base/index.ts";

export interface Question {
  /** "--text". */
  readonly flag: string;
  /** Why it is not known. */
  readonly why: string;
  /** "the column of the texts". */
  readonly wanted: string;
  /** What it can be; without them, anything. */
  readonly choices?: readonly string[];
}

export interface Asker {
  /** The answer; AppError `usage` where there is nobody to ask, or no answer. */
  ask(question: Question): Promise<string>;
  close(): void;
}

/** Asks on stderr and reads stdin, if both are terminals. */
export function openAsker(io: Io): Asker {
  const input = io.err.isTTY && io.in?.isTTY ? io.in : undefined;
  if (!input) return { ask: (question) => Promise.reject(unanswered(question)), close: () => undefined };
  let lines: AsyncIterator<string> | undefined;
  let close = (): void => undefined;
  const nextLine = async (): Promise<string | undefined> => {
    if (!lines) {
      const { createInterface } = await import("node:readline/promises");
      // Not readline's own terminal: the system's echoes, and turns Ctrl-C into the signal that ends minnow.
      const reader = createInterface({ input, terminal: false, signal: io.signal });
      lines = reader[Symbol.asyncIterator]();
      close = () => reader.close();
    }
    const { value, done } = await lines.next();
    io.signal.throwIfAborted();
    return done ? undefined : value.trim();
  };
  const ask = async (question: Question): Promise<string> => {
    const { why, wanted, choices } = question;
    const among = choices ? ` (${choices.map((choice) => printable(choice)).join(", ")})` : "";
    io.err.write(`${printable(why)}\n`);
    for (;;) {
      io.err.write(`${wanted}${among}: `);
      const answer = await nextLine();
      if (answer === undefined) throw unanswered(question);
      if (answer !== "" && (choices?.includes(answer) ?? true)) return answer;
    }
  };
  return { ask, close: () => close() };
}

function unanswered({ flag, why, wanted, choices }: Question): AppError {
  const among = choices && choices.length > 0 ? `, one of ${choices.join(", ")}` : "";
  return new AppError("usage", why, { path: flag, hint: `give ${flag}: ${wanted}${among}` });
}
