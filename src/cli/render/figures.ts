// Figures as people read them at a terminal.
import { grouped } from "../../base/index.ts";

/** "23.1 MB": decimal units, three digits. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return unit === 0 ? `${value} B` : `${(value / 1000 ** unit).toPrecision(3)} ${units[unit]}`;
}

/** "8 s", "6 min 53 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** "0.262 ms", "14.3 ms". */
export const milliseconds = (value: number): string => `${digits(value)} ms`;

/** "91.07 %" of a fraction. */
export const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;

/** Three digits, and all of those before the point, in groups of three. */
export const digits = (value: number): string =>
  Math.abs(value) >= 1000 ? grouped(Math.round(value)) : value.toPrecision(3);

/** "7,022,118". */
export const count = grouped;

/** "1 head", "2 heads". */
export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
