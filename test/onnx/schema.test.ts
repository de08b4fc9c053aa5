// The table of messages against the onnx.proto that ONNX publishes.
import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import { attributeTypes, dataTypeNames, schema } from "../../src/onnx/schema.ts";
import { dtypes } from "../../src/tensor/index.ts";

const { root } = protobuf.parse(readFileSync("src/onnx/schema/onnx.proto", "utf8"), { keepCase: true });
const official: Readonly<Record<string, string>> = {
  TensorTypeProto: "TypeProto.Tensor",
  DimensionProto: "TensorShapeProto.Dimension",
};
/** Fields that are read as bytes on purpose: packed numbers of a tensor, and nested graphs. */
const asBytes = /^TensorProto\.(float|int32|int64|double|uint64)_data$|^AttributeProto\.(g|graphs)$/;
/** Enumerations are read as their numbers. */
const enums = ["AttributeType", "DataLocation"];

test.each(Object.entries(schema))("%s has the numbers and types of onnx.proto", (message, fields) => {
  const type = root.lookupType(`onnx.${official[message] ?? message}`);
  for (const [name, [id, kind]] of Object.entries(fields) as [string, readonly [number, string]][]) {
    const field = type.fields[name];
    expect(field?.id, name).toBe(id);
    expect(field?.repeated, name).toBe(kind.endsWith("[]"));
    const bare = kind.replace("[]", "");
    if (asBytes.test(`${message}.${name}`)) expect(bare).toBe("bytes");
    else if (enums.includes(field?.type ?? "")) expect(bare).toBe("int32");
    else
      expect(bare, name).toBe(
        Object.entries(official).find(([, dotted]) => dotted.endsWith(`.${field?.type}`))?.[0] ?? field?.type,
      );
  }
});

test("attribute and element types have the numbers of onnx.proto", () => {
  const attributes = root.lookupEnum("onnx.AttributeProto.AttributeType").values;
  for (const [name, number] of Object.entries(attributeTypes))
    expect(attributes[name.toUpperCase()]).toBe(number);
  const types = root.lookupEnum("onnx.TensorProto.DataType").values;
  for (const [number, name] of dataTypeNames.entries()) expect(types[name]).toBe(number);
  const plain = { f32: "FLOAT", f64: "DOUBLE", f16: "FLOAT16", bf16: "BFLOAT16" } as Readonly<
    Record<string, string>
  >;
  for (const [name, { onnx }] of Object.entries(dtypes)) {
    const long = plain[name] ?? (name === "bool" ? "BOOL" : name.replace("i", "INT").replace("u", "UINT"));
    expect(types[long], name).toBe(onnx);
  }
});
