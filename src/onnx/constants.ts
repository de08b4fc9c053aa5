// Constant nodes: unnamed weights in the IR, so that a constant that was read is written as a constant again.
import { AppError, must } from "../base/index.ts";
import type { Attr } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { readAttribute } from "./attributes.ts";
import type { DataFolder } from "./external.ts";
import { attributeTypes, type Message } from "./schema.ts";
import { tensorChunks } from "./tensors.ts";
import { type Chunks, clampInt64, encode, field } from "./wire.ts";

const whole = (values: readonly unknown[]): BigInt64Array =>
  BigInt64Array.from(values, (value) => clampInt64(Number(value)));

const forms: Readonly<Record<string, (value: Attr) => Tensor | undefined>> = {
  value: (value) => (value instanceof Tensor ? value : undefined),
  value_int: (value) => Tensor.of("i64", [], whole([value])),
  value_ints: (value) => (Array.isArray(value) ? Tensor.of("i64", [value.length], whole(value)) : undefined),
  value_float: (value) => Tensor.floats([], [Number(value)]),
  value_floats: (value) =>
    Array.isArray(value) ? Tensor.floats([value.length], value.map(Number)) : undefined,
};

/** The tensor of a Constant node; refuses text and sparse ones. */
export function constantTensor(node: Message<"NodeProto">, folder: DataFolder | undefined): Tensor {
  const [attribute] = node.attribute;
  const form = attribute && Object.hasOwn(forms, attribute.name) ? forms[attribute.name] : undefined;
  if (!attribute || !form) {
    throw new AppError("input", `a Constant with ${attribute?.name ?? "no value"} is not read`);
  }
  return must(form(readAttribute(attribute, undefined, folder).value), "the constant's value");
}

/** A Constant node that gives the tensor the name, the tensor's bytes as pieces of their own. */
export function constantNode(name: string, tensor: Tensor): Chunks {
  const value = field("AttributeProto", "t", tensorChunks(tensor));
  const attribute = [encode("AttributeProto", { name: "value", type: attributeTypes.tensor }), ...value];
  return [
    encode("NodeProto", { output: [name], op_type: "Constant" }),
    ...field("NodeProto", "attribute", attribute),
  ];
}
