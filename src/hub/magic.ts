// Weight files that minnow does not read, recognised by their first bytes, with the way to convert each.
import { AppError } from "../base/index.ts";

interface Foreign {
  readonly what: string;
  readonly hint: string;
  readonly starts: (head: Uint8Array) => boolean;
}

const convert =
  "save it as safetensors once, where PyTorch is: " +
  "AutoModelForSequenceClassification.from_pretrained(folder)" +
  ".save_pretrained(folder, safe_serialization=True)";
const pickles = "which can run code when it is opened, so minnow never opens one";

const text = (head: Uint8Array, expected: string): boolean =>
  Buffer.from(head.subarray(0, expected.length)).toString("latin1") === expected;

const foreign: readonly Foreign[] = [
  {
    what: `a PyTorch archive (zip) with a pickle inside, ${pickles}`,
    hint: convert,
    starts: (head) => text(head, "PK\x03\x04"),
  },
  // Protocol 2 and later: the PROTO opcode, then its number.
  {
    what: `a pickle, ${pickles}`,
    hint: convert,
    starts: ([first = 0, second = 0]) => first === 0x80 && second >= 2 && second <= 5,
  },
  {
    what: "a Git LFS pointer, not the weights themselves",
    hint: "fetch them with: git lfs pull",
    starts: (head) => text(head, "version https://git-lfs"),
  },
  { what: "an HDF5 file (TensorFlow)", hint: convert, starts: (head) => text(head, "\x89HDF\r\n") },
  {
    what: "a GGUF file",
    hint: "take the safetensors files that it was made from",
    starts: (head) => text(head, "GGUF"),
  },
];

/** How many first bytes `refuseForeign` looks at. */
export const MAGIC_BYTES = 32;

/**
 * Throws an AppError `input` that names the format and how to convert it, when the first bytes are of
 * a known other one.
 */
export function refuseForeign(head: Uint8Array, path: string): void {
  const found = foreign.find(({ starts }) => starts(head));
  if (found) throw new AppError("input", `it is ${found.what}`, { path, hint: found.hint });
}

/** The error for a weight file that is none of the formats that minnow reads, whatever its bytes are. */
export const unreadable = (path: string): AppError =>
  new AppError("input", "minnow reads weights from safetensors files only", { path, hint: convert });
