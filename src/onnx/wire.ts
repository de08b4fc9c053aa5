// Protobuf messages to and from bytes: the one place that names protobufjs.
import protobuf from "protobufjs/light.js";
import { type Draft, type Int64, type Message, type MessageName, schema } from "./schema.ts";

/** Pieces of a file, in order; large ones are views of the tensors' own bytes. */
export type Chunks = readonly Uint8Array[];

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(schema).map(([message, fields]) => [message, { fields: described(fields) }]),
  ),
});

function described(
  fields: Readonly<Record<string, readonly [number, string]>>,
): Record<string, protobuf.IField> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, [id, type]]) =>
      type.endsWith("[]")
        ? [name, { id, type: type.slice(0, -2), rule: "repeated", options: { packed: false } }]
        : [name, { id, type, options: { features: { field_presence: "EXPLICIT" } } }],
    ),
  );
}

/**
 * The message in `bytes`; byte fields are views. Throws protobufjs's errors (RangeError: the bytes end too
 * early). Nesting is bounded by the schema, which is not recursive, and by protobufjs's limit of 100 for
 * skipped groups.
 */
export function decode<N extends MessageName>(name: N, bytes: Uint8Array): Message<N> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // protobufjs types every message as {}; the table that made this type also made `Message<N>`
  return root.lookupType(name).decode(buffer) as unknown as Message<N>;
}

/** True when the file gives the field, even with its default value. */
export const has = <N extends MessageName>(message: Message<N>, field: keyof Message<N>): boolean =>
  Object.hasOwn(message, field);

/** The bytes of a message. */
export const encode = <N extends MessageName>(name: N, message: Draft<N>): Uint8Array =>
  root.lookupType(name).encode(message).finish();

/** A length-delimited field of message `name` whose content is already in pieces. */
export function field<N extends MessageName>(name: N, of: keyof (typeof schema)[N], content: Chunks): Chunks {
  const { id } = root.lookupType(name).fields[String(of)] ?? { id: 0 };
  const prefix = protobuf.Writer.create()
    .uint32((id << 3) | 2)
    .uint32(byteLength(content))
    .finish();
  return [prefix, ...content];
}

export const byteLength = (chunks: Chunks): number =>
  chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);

const SMALL = 1 << 16;

/**
 * The same bytes with runs of small pieces joined, so that a file takes few writes; large pieces stay
 * views.
 */
export function joined(chunks: Chunks): Chunks {
  const out: Uint8Array[] = [];
  let run: Uint8Array[] = [];
  const flush = (): void => {
    if (run.length > 0) out.push(run.length === 1 && run[0] ? run[0] : Buffer.concat(run));
    run = [];
  };
  for (const chunk of chunks) {
    if (chunk.byteLength < SMALL) {
      run.push(chunk);
    } else {
      flush();
      out.push(chunk);
    }
  }
  flush();
  return out;
}

/** The integer as a bigint, exactly. */
export const toBigInt = ({ low, high }: Int64): bigint => (BigInt(high) << 32n) | BigInt(low >>> 0);
/** The integer as a number: exact up to 2^53, rounded above (2^63 - 1 becomes 2^63). */
export const toNumber = (value: Int64): number => Number(toBigInt(value));
/** The number as a 64-bit integer, values outside its range clamped: 2^63 becomes 2^63 - 1 again. */
export function fromNumber(value: number): Int64 {
  const exact = clampInt64(value);
  return { low: Number(BigInt.asIntN(32, exact)), high: Number(exact >> 32n) };
}

/** The whole number as a bigint within the 64-bit range. */
export function clampInt64(value: number): bigint {
  const exact = BigInt(Math.trunc(value));
  const limit = 1n << 63n;
  return exact >= limit ? limit - 1n : exact < -limit ? -limit : exact;
}
