// Constant nodes: unnamed weights in the IR, so that a constant that was read is written as a constant again.
import { unread } from "../base/index.ts";
import type { Attr, AttrKind } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { readAttribute } from "./attributes.ts";
import type { DataFolder } from "./external.ts";
import { attributeTypes, type Message } from "./schema.ts";
import { tensorChunks } from "./tensors.ts";
import { type Chunks, clampInt64, encode, field } from "./wire.ts";

const whole = (values: readonly unknown[]): BigInt64Array =>
  BigInt64Array.from(values, (value) => clampInt64(Number(value)));

interface Form {
  readonly kind: AttrKind;
  readonly tensor: (value: Attr) => Tensor;
}
/** A form whose attribute is of this kind, and so its value of this type. */
const form = <T extends Attr>(kind: AttrKind, tensor: (value: T) => Tensor): Form => ({
  kind,
  tensor: (value) => tensor(value as T),
});

/** What a Constant's value may be given as, by the attribute's name. */
const forms: Readonly<Record<string, Form>> = {
  value: form<Tensor>("tensor", (value) => value),
  value_int: form<number>("int", (value) => Tensor.of("i64", [], whole([value]))),
  value_ints: form<readonly number[]>("ints", (all) => Tensor.of("i64", [all.length], whole(all))),
  value_float: form<number>("float", (value) => Tensor.floats([], [value])),
  value_floats: form<readonly number[]>("floats", (all) => Tensor.floats([all.length], all)),
};

/** The tensor of a Constant node; refuses text and sparse ones. */
export function constantTensor(node: Message<"NodeProto">, folder: DataFolder | undefined): Tensor {
  const [attribute] = node.attribute;
  const found = attribute && Object.hasOwn(forms, attribute.name) ? forms[attribute.name] : undefined;
  if (!attribute || !found) {
    throw unread(`a Constant with ${attribute?.name ?? "no value"} is not read`);
  }
  return found.tensor(readAttribute(attribute, found.kind, folder).value);
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
