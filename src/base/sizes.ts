// Sizes as people write them: "1GB", "250 KB", "2 MiB"; every size that minnow reads, it reads here.

/** Bytes by unit, decimal and binary, as minnow prints them; "" is a bare number. */
export const sizeUnits = {
  "": 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
} as const satisfies Readonly<Record<string, number>>;

/** The unit as minnow prints it, however its letters are: "KB", "kb" and "kB" are one; undefined where it is none. */
export const sizeUnit = (written: string): string | undefined =>
  Object.keys(sizeUnits).find((unit) => unit.toLowerCase() === written.toLowerCase());

/** Whole bytes of a size as it is written; undefined where it is none. */
export function readSize(text: string): number | undefined {
  const found = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*$/i.exec(text);
  const unit = Object.entries(sizeUnits).find(([name]) => name === sizeUnit(found?.[2] ?? ""));
  if (!found || !unit) return undefined;
  const size = Math.round(Number(found[1]) * unit[1]);
  return Number.isSafeInteger(size) ? size : undefined;
}
