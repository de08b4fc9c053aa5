// Mutations that know nothing of a format: bits, bytes, numbers, blocks.

const numbers = [0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255];

/** One to four changes of the bytes; `other` is spliced in now and then. */
export function mutateBytes(bytes, other, random) {
  let out = bytes;
  for (let n = 1 + random.below(4); n > 0; n--) out = once(out, other, random);
  return out;
}

function once(bytes, other, { below, one }) {
  const at = below(bytes.length + 1);
  const length = Math.min(bytes.length - at, 1 << below(8));
  const join = (...parts) => Buffer.concat(parts);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  const changed = (value) => join(head, Buffer.from([value & 255]), tail.subarray(1));
  switch (below(9)) {
    case 0:
      return changed((tail[0] ?? 0) ^ (1 << below(8)));
    case 1:
      return changed(one(numbers));
    case 2:
      return changed(below(256));
    case 3:
      return join(head, tail.subarray(length));
    case 4:
      return join(head, tail.subarray(0, length), tail);
    case 5:
      return head;
    case 6: {
      const from = below(other.length);
      return join(head, other.subarray(from, from + (1 << below(10))), tail);
    }
    case 7:
      return join(head, Buffer.alloc(1 << below(7), one(numbers)), tail);
    default: {
      const number = Buffer.alloc(8);
      number.writeBigInt64LE(BigInt.asIntN(64, (1n << BigInt(below(64))) - BigInt(below(3))));
      return join(head, number.subarray(0, 1 << below(4)), tail.subarray(Math.min(tail.length, 8)));
    }
  }
}
