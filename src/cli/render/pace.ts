// Pace of a step: rate and time left, over the last seconds, so that a slow start does not count for long.

interface Sample {
  readonly time: number;
  readonly done: number;
}

/** How far back the rate looks, in milliseconds. */
const memory = 15_000;

export interface Pace {
  /** Units a second; undefined until it can be told. */
  readonly rate: number | undefined;
  /** Seconds left at that rate. */
  readonly left: number | undefined;
}

/** A function that takes each progress, at a time in milliseconds, and tells the pace. */
export function paceKeeper(): (time: number, done: number, total: number) => Pace {
  let samples: Sample[] = [];
  return (time, done, total) => {
    const last = samples.at(-1);
    if (last !== undefined && done < last.done) samples = [];
    if (last === undefined || time - last.time >= 200 || samples.length === 0) samples.push({ time, done });
    samples = samples.filter((sample, i) => i === samples.length - 1 || time - sample.time <= memory);
    const first = samples[0];
    if (first === undefined || time <= first.time || done <= first.done)
      return { rate: undefined, left: undefined };
    const rate = (1000 * (done - first.done)) / (time - first.time);
    return { rate, left: Math.max(0, (total - done) / rate) };
  };
}
