// Numbers that flags take.
import { AppError, readSize } from "../base/index.ts";

/** A whole number of at least 1; AppError `usage` that names the flag. */
export function wholeNumber(given: number | string, flag: string): number {
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new AppError("usage", `${JSON.stringify(given)} is not a whole number of at least 1`, { path: flag });
}

/** Bytes of a size such as 1GB or 250 KB; AppError `usage` that names the flag. */
export function size(given: string, flag: string): number {
  const value = readSize(given);
  if (value !== undefined) return value;
  throw new AppError("usage", `${JSON.stringify(given)} is not a size`, {
    path: flag,
    hint: "write it as 500000000, 500MB, 1GB or 1GiB",
  });
}

/** A number above 0; AppError `usage` that names the flag. */
export function positive(value: number, flag: string): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new AppError("usage", `${value} is not a number above 0`, { path: flag });
}
