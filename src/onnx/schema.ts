// The part of onnx.proto that minnow reads and writes, as one table from which the message types follow.
// test/onnx/schema.test.ts compares it with schema/onnx.proto (onnx 1.23.2); fields that are not here are
// skipped.

/**
 * Message -> field -> [number, type]. Two deliberate differences keep hostile files small in memory: packed
 * numbers of a tensor stay bytes until their count is known to fit its shape, and nested graphs stay bytes,
 * so that no message contains itself.
 */
export const schema = {
  ModelProto: {
    ir_version: [1, "int64"],
    producer_name: [2, "string"],
    producer_version: [3, "string"],
    graph: [7, "GraphProto"],
    opset_import: [8, "OperatorSetIdProto[]"],
    metadata_props: [14, "StringStringEntryProto[]"],
    functions: [25, "FunctionProto[]"],
  },
  GraphProto: {
    node: [1, "NodeProto[]"],
    name: [2, "string"],
    initializer: [5, "TensorProto[]"],
    input: [11, "ValueInfoProto[]"],
    output: [12, "ValueInfoProto[]"],
    sparse_initializer: [15, "SparseTensorProto[]"],
  },
  NodeProto: {
    input: [1, "string[]"],
    output: [2, "string[]"],
    name: [3, "string"],
    op_type: [4, "string"],
    attribute: [5, "AttributeProto[]"],
    domain: [7, "string"],
  },
  AttributeProto: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    t: [5, "TensorProto"],
    g: [6, "bytes"],
    floats: [7, "float[]"],
    ints: [8, "int64[]"],
    strings: [9, "bytes[]"],
    graphs: [11, "bytes[]"],
    type: [20, "int32"],
    ref_attr_name: [21, "string"],
  },
  TensorProto: {
    dims: [1, "int64[]"],
    data_type: [2, "int32"],
    float_data: [4, "bytes[]"],
    int32_data: [5, "bytes[]"],
    int64_data: [7, "bytes[]"],
    name: [8, "string"],
    raw_data: [9, "bytes"],
    double_data: [10, "bytes[]"],
    uint64_data: [11, "bytes[]"],
    external_data: [13, "StringStringEntryProto[]"],
    data_location: [14, "int32"],
  },
  SparseTensorProto: { values: [1, "TensorProto"] },
  ValueInfoProto: { name: [1, "string"], type: [2, "TypeProto"] },
  TypeProto: { tensor_type: [1, "TensorTypeProto"] },
  TensorTypeProto: { elem_type: [1, "int32"], shape: [2, "TensorShapeProto"] },
  TensorShapeProto: { dim: [1, "DimensionProto[]"] },
  DimensionProto: { dim_value: [1, "int64"], dim_param: [2, "string"] },
  OperatorSetIdProto: { domain: [1, "string"], version: [2, "int64"] },
  StringStringEntryProto: { key: [1, "string"], value: [2, "string"] },
  FunctionProto: { name: [1, "string"], domain: [10, "string"] },
} as const satisfies Record<string, Record<string, readonly [number, string]>>;

export type MessageName = keyof typeof schema;
type Fields<N extends MessageName> = (typeof schema)[N];

/** A signed 64-bit integer as its two halves. */
export interface Int64 {
  readonly low: number;
  readonly high: number;
}

interface Scalars {
  readonly int32: number;
  readonly int64: Int64;
  readonly float: number;
  readonly string: string;
  readonly bytes: Uint8Array;
}
type Scalar<T> = T extends keyof Scalars ? Scalars[T] : never;
type Read<T> = T extends `${infer E}[]`
  ? readonly (E extends MessageName ? Message<E> : Scalar<E>)[]
  : T extends MessageName
    ? Message<T> | null
    : Scalar<T>;
/** A number stands for a 64-bit integer where it is exact. */
type Given<T> = T extends "int64" ? Int64 | number : Scalar<T>;
type Written<T> = T extends `${infer E}[]`
  ? readonly (E extends MessageName ? Draft<E> : Given<E>)[]
  : T extends MessageName
    ? Draft<T>
    : Given<T>;

/**
 * A message as it was read: fields that the file does not give hold "", 0, no items, or null for a message.
 */
export type Message<N extends MessageName> = {
  readonly [F in keyof Fields<N>]: Fields<N>[F] extends readonly [number, infer T] ? Read<T> : never;
};

/** A message to be written: fields left out are not in the file. */
export type Draft<N extends MessageName> = {
  readonly [F in keyof Fields<N>]?: Fields<N>[F] extends readonly [number, infer T] ? Written<T> : never;
};

/** AttributeProto.AttributeType. */
export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparse_tensor: 11,
  sparse_tensors: 12,
  type_proto: 13,
  type_protos: 14,
} as const;

/** Names of the TensorProto.DataType numbers, for messages. */
export const dataTypeNames = [
  "UNDEFINED",
  "FLOAT",
  "UINT8",
  "INT8",
  "UINT16",
  "INT16",
  "INT32",
  "INT64",
  "STRING",
  "BOOL",
  "FLOAT16",
  "DOUBLE",
  "UINT32",
  "UINT64",
  "COMPLEX64",
  "COMPLEX128",
  "BFLOAT16",
  "FLOAT8E4M3FN",
  "FLOAT8E4M3FNUZ",
  "FLOAT8E5M2",
  "FLOAT8E5M2FNUZ",
  "UINT4",
  "INT4",
  "FLOAT4E2M1",
  "FLOAT8E8M0",
  "UINT2",
  "INT2",
] as const;
