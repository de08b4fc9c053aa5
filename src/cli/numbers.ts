// Numbers that flags take.
import { AppError } from "../base/index.ts";

/** A whole number of at least 1; AppError `usage` that names the flag. */
export function wholeNumber(given: number | string, flag: string): number {
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new AppError("usage", `${JSON.stringify(given)} is not a whole number of at least 1`, { path: flag });
}

/** A number above 0; AppError `usage` that names the flag. */
export function positive(value: number, flag: string): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new AppError("usage", `${value} is not a number above 0`, { path: flag });
}
