// One input at one reader: what became of it.

/** Seconds of the processor that an input may take. */
export const LIMIT = 2;
/** Seconds on the clock after which the processor's time is asked for: asking each time would take longer than most readers do. */
const DOUBT = 0.1;

/**
 * "valid", "refused" with the error's kind and words, or "wrong": anything but an AppError, a defect of minnow, or more than two
 * seconds of the processor. Its seconds are those of the clock where they are few; where they are not, it is read once more, and
 * they are those of the processor.
 */
export async function tried(read, bytes) {
  const begin = performance.now();
  const verdict = await answerOf(read, bytes);
  const seconds = (performance.now() - begin) / 1000;
  if (seconds < DOUBT) return { ...verdict, seconds };
  const before = process.cpuUsage();
  await answerOf(read, bytes);
  const { user, system } = process.cpuUsage(before);
  const taken = (user + system) / 1e6;
  if (taken > LIMIT) return { verdict: "wrong", words: `it took ${taken.toFixed(1)} s`, seconds: taken };
  return { ...verdict, seconds: taken };
}

async function answerOf(read, bytes) {
  try {
    await read(bytes);
    return { verdict: "valid" };
  } catch (error) {
    const told = error?.name === "AppError" && error.kind !== "internal";
    return told
      ? { verdict: "refused", kind: error.kind, words: error.message }
      : { verdict: "wrong", words: String(error?.stack ?? error).slice(0, 1000) };
  }
}
