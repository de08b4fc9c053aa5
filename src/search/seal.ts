// Seals: what goes through a queue is a text with a signature over it, by a key that both sides have.
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { AppError, fitted, type Json, parseJson } from "../base/index.ts";

/** Name of the variable of the environment that holds the key. */
export const KEY_VARIABLE = "MINNOW_QUEUE_KEY";
/** Characters of the shortest key: as many random ones as base64 takes for 96 bits. */
const SHORTEST = 16;
/** Days after which what was signed is taken for a replay. */
const DAYS = 7;

/** JSON with, where a key is set, the HMAC-SHA256 of its bytes (RFC 2104) in hexadecimal digits. */
export interface Sealed {
  readonly text: string;
  readonly signature?: string;
}

const sealedSchema = z.strictObject({ text: z.string().max(1 << 26), signature: z.string().optional() });
const stamp = z.looseObject({ kind: z.enum(["job", "result"]), id: z.string(), time: z.number() });

/** The key of the environment; undefined for none, AppError `usage` for one that could be guessed. */
export function queueKey(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const key = env[KEY_VARIABLE];
  if (key === undefined || key === "" || key.length >= SHORTEST) return key || undefined;
  throw new AppError("usage", `the key has ${key.length} characters; at least ${SHORTEST} are wanted`, {
    path: KEY_VARIABLE,
    hint: "openssl rand -base64 32 makes one",
  });
}

/** The value with what it is, which job it belongs to and when it was made, signed where there is a key. */
export function seal(kind: "job" | "result", id: string, value: object, key: string | undefined): Sealed {
  const text = JSON.stringify({ ...value, kind, id, time: Date.now() });
  return { text, ...(key !== undefined && { signature: signatureOf(text, key) }) };
}

/**
 * What was sealed as this kind for this job; AppError `input`, without a word of what it holds, where it is no such thing, or
 * where there is a key and the signature is not that key's, or is older than a week.
 */
export function unseal(kind: "job" | "result", id: string, sealed: unknown, key: string | undefined): Json {
  const refuse = (why: string): AppError =>
    new AppError("input", `the ${kind} is refused: ${why}`, {
      hint: `searches and workers need the same ${KEY_VARIABLE}, or none`,
    });
  const parsed = fitted(sealedSchema, sealed);
  if (!parsed.success) throw refuse("it is not one of minnow's");
  const { text, signature } = parsed.data;
  if (key !== undefined && signature === undefined) throw refuse("it is not signed");
  if (key !== undefined && !equal(signature ?? "", signatureOf(text, key)))
    throw refuse("its signature is not by this key");
  const value = parseJson(text, "the queue");
  const stamped = fitted(stamp, value);
  if (!stamped.success || stamped.data.kind !== kind || stamped.data.id !== id)
    throw refuse("it was made for another job");
  if (Math.abs(Date.now() - stamped.data.time) > DAYS * 86_400_000)
    throw refuse(`it was made more than ${DAYS} days ago, or the clocks differ`);
  return value;
}

const signatureOf = (text: string, key: string): string =>
  createHmac("sha256", key).update(text).digest("hex");

function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.byteLength === y.byteLength && timingSafeEqual(x, y);
}
