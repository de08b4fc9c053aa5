// Content hashes: SHA-256, in hexadecimal.
import { createHash } from "node:crypto";

export type Hashable =
  | string
  | number
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly Hashable[]
  | HashableObject;
interface HashableObject {
  readonly [key: string]: Hashable;
}

/** SHA-256 of a value: keys are sorted, so that equal content gives an equal hash; 64 hexadecimal digits. */
export function hash(value: Hashable): string {
  const digest = createHash("sha256");
  feed(digest, value);
  return digest.digest("hex");
}

function feed(digest: ReturnType<typeof createHash>, value: Hashable): void {
  if (value instanceof Uint8Array) {
    digest.update(`b${value.byteLength}:`).update(value);
  } else if (Array.isArray(value)) {
    digest.update(`[${value.length}:`);
    for (const item of value as readonly Hashable[]) feed(digest, item);
  } else if (typeof value === "object" && value !== null) {
    const object = value as HashableObject;
    const keys = Object.keys(object)
      .filter((key) => object[key] !== undefined)
      .sort();
    digest.update(`{${keys.length}:`);
    for (const key of keys) {
      feed(digest, key);
      feed(digest, object[key]);
    }
  } else {
    const text = String(value);
    digest.update(`${typeof value}${Buffer.byteLength(text)}:${text}`);
  }
}
