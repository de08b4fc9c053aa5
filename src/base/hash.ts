// Content hashes: SHA-256, in hexadecimal.
import { createHash, webcrypto } from "node:crypto";

const { subtle } = webcrypto;

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

/** Bytes that are hashed at once, and so copied. */
const PIECE = 1 << 22;
const TOGETHER = 4;

/** SHA-256 over the SHA-256 of each 4 MiB, made beside the main thread. */
export async function hashInPieces(bytes: Uint8Array): Promise<string> {
  const pieces = Array.from({ length: Math.ceil(bytes.byteLength / PIECE) }, (_, i) =>
    bytes.subarray(i * PIECE, (i + 1) * PIECE),
  );
  const digests: string[] = [];
  for (let at = 0; at < pieces.length; at += TOGETHER) {
    const some = pieces.slice(at, at + TOGETHER).map((piece) => subtle.digest("SHA-256", piece));
    for (const digest of await Promise.all(some)) digests.push(Buffer.from(digest).toString("hex"));
  }
  return hash({ bytes: bytes.byteLength, digests });
}
