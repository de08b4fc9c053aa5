// Mutations of protobuf messages by their fields (the wire format of protobuf, protobuf.dev/programming-guides/encoding).

/** The fields of a message; undefined where the bytes are none. */
function fieldsOf(bytes) {
  const fields = [];
  let at = 0;
  const varint = () => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      if (at >= bytes.length || shift > 63n) throw new RangeError("no varint");
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      shift += 7n;
    }
  };
  try {
    while (at < bytes.length) {
      const tag = varint();
      const [id, type] = [Number(tag >> 3n), Number(tag & 7n)];
      if (id === 0) return undefined;
      if (type === 0) fields.push({ id, type, value: varint() });
      else {
        const length = type === 1 ? 8 : type === 5 ? 4 : type === 2 ? Number(varint()) : -1;
        if (length < 0 || at + length > bytes.length) return undefined;
        fields.push({ id, type, value: bytes.subarray(at, at + length) });
        at += length;
      }
    }
  } catch {
    return undefined;
  }
  return fields;
}

function varintBytes(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest ? low | 128 : low);
  } while (rest);
  return Buffer.from(bytes);
}

const bytesOf = (fields) =>
  Buffer.concat(
    fields.flatMap(({ id, type, value }) => {
      const tag = varintBytes((BigInt(id) << 3n) | BigInt(type));
      if (type === 0) return [tag, varintBytes(value)];
      return type === 2 ? [tag, varintBytes(BigInt(value.length)), value] : [tag, value];
    }),
  );

const sizes = [
  0n,
  1n,
  2n,
  3n,
  7n,
  8n,
  9n,
  10n,
  11n,
  13n,
  16n,
  18n,
  127n,
  128n,
  2n ** 16n,
  2n ** 30n,
  2n ** 31n,
  2n ** 40n,
  2n ** 62n,
  -1n,
  -2n,
  -(2n ** 63n),
];
const texts = [
  "",
  "x",
  "w",
  "Add",
  "Split",
  "Reshape",
  "MatMul",
  "Gather",
  "Expand",
  "Tile",
  "ConstantOfShape",
  "Range",
  "Concat",
  "Slice",
  "If",
  "a+b",
  "N*M",
  "-1",
  "ai.onnx",
  "com.microsoft",
  "axis",
  "\u001b[2J",
  "\u0000",
  "x".repeat(300),
  "../../x",
  "\ud83d\ude00",
];

/** The message with one to four changed fields, at any depth. */
export function mutateMessage(bytes, other, random) {
  let out = bytes;
  for (let n = 1 + random.below(4); n > 0; n--) out = changed(out, other, random, 0) ?? out;
  return out;
}

function changed(bytes, other, random, depth) {
  const fields = fieldsOf(bytes);
  if (fields === undefined || fields.length === 0) return undefined;
  const at = random.below(fields.length);
  const field = fields[at];
  if (field.type === 2 && depth < 8 && random.below(10) < 8) {
    const inner = changed(field.value, other, random, depth + 1);
    if (inner !== undefined) {
      fields[at] = { ...field, value: inner };
      return bytesOf(fields);
    }
  }
  const foreign = fieldsOf(other) ?? [];
  switch (random.below(8)) {
    case 0:
      fields.splice(at, 1);
      break;
    case 1:
      fields.splice(random.below(fields.length), 0, field);
      break;
    case 2:
      fields[at] = { ...field, id: 1 + random.below(32) };
      break;
    case 3:
      if (foreign.length > 0) fields.splice(at, 0, random.one(foreign));
      break;
    case 4:
      fields[at] = { ...field, type: 0, value: random.one(sizes) };
      break;
    default:
      if (field.type === 0)
        fields[at] = { ...field, value: random.below(2) ? random.one(sizes) : field.value + 1n };
      else if (field.type === 2) fields[at] = { ...field, value: Buffer.from(random.one(texts)) };
      else fields[at] = { ...field, value: Buffer.from(field.value).fill(random.below(256)) };
  }
  return bytesOf(fields);
}
