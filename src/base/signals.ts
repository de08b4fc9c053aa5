// Signals that end the process: answered by its own words while it can listen, left to the system while it is busy.

type Name = "SIGINT" | "SIGTERM";
export type SignalHandlers = Readonly<Record<Name, () => void>>;

const names: readonly Name[] = ["SIGINT", "SIGTERM"];
let own: { readonly handlers: SignalHandlers; readonly leave: () => void } | undefined;
let depth = 0;

/** Answers the signals with `handlers`; before they are left to the system, `leave` puts the terminal in order. */
export function answerSignals(handlers: SignalHandlers, leave: () => void): void {
  own = { handlers, leave };
  for (const name of names) process.on(name, handlers[name]);
}

/**
 * Does work that keeps this thread from listening for long, such as reading a large file. JavaScript would see a signal only
 * afterwards, so meanwhile the system ends the process at once, as it ends a program that takes no signals: what `work` does
 * must be reading only. Where the signals are not ours, in a library, nothing changes.
 */
export function busy<T>(work: () => T): T {
  if (depth++ === 0) leaveToSystem();
  const back = (): void => {
    if (--depth === 0) for (const name of names) if (own) process.on(name, own.handlers[name]);
  };
  let result: T;
  try {
    result = work();
  } catch (cause) {
    back();
    throw cause;
  }
  if (result instanceof Promise) return result.finally(back) as T;
  back();
  return result;
}

function leaveToSystem(): void {
  if (!own) return;
  own.leave();
  for (const name of names) process.off(name, own.handlers[name]);
}
