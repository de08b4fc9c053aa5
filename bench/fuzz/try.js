// One input at one reader: what became of it.

/** Seconds of the processor that an input may take. */
export const LIMIT = 2;

/**
 * "valid", "refused" with the error's kind and words, or "wrong": anything but an AppError, a defect of minnow, or more than two
 * seconds of the processor.
 */
export async function tried(read, bytes) {
  const begin = process.cpuUsage();
  let verdict = { verdict: "valid" };
  try {
    await read(bytes);
  } catch (error) {
    const told = error?.name === "AppError" && error.kind !== "internal";
    verdict = told
      ? { verdict: "refused", kind: error.kind, words: error.message }
      : { verdict: "wrong", words: String(error?.stack ?? error).slice(0, 1000) };
  }
  const { user, system } = process.cpuUsage(begin);
  const seconds = (user + system) / 1e6;
  if (seconds > LIMIT) return { verdict: "wrong", words: `it took ${seconds.toFixed(1)} s`, seconds };
  return { ...verdict, seconds };
}
