// Attributes of nodes: AttributeProto to and from the IR's plain values.
import { AppError, defect, unread } from "../base/index.ts";
import type { Attr, AttrKind } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import type { DataFolder } from "./external.ts";
import { attributeTypes, type Draft, type Message } from "./schema.ts";
import { readTensor, tensorHeader } from "./tensors.ts";
import { fromNumber, has, toNumber } from "./wire.ts";

type Proto = Message<"AttributeProto">;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

/** The shortest decimal that a float32 rounds to: 1e-5 for the float of that name, as it was written. */
function shortest(float: number): number {
  const digits = [6, 7, 8].find((count) => Object.is(Math.fround(Number(float.toPrecision(count))), float));
  return digits === undefined ? float : Number(float.toPrecision(digits));
}

const readers: Readonly<Record<AttrKind, (proto: Proto, folder: DataFolder | undefined) => Attr>> = {
  int: ({ i }) => toNumber(i),
  float: ({ f }) => shortest(f),
  string: ({ s }) => text(s),
  ints: ({ ints }) => ints.map(toNumber),
  floats: ({ floats }) => floats.map(shortest),
  strings: ({ strings }) => strings.map(text),
  tensor: ({ t, name }, folder) => {
    if (!t) throw new AppError("input", `the attribute ${name} holds no tensor`);
    return readTensor(t, `the attribute ${name}`, folder);
  },
};

/** The field that holds the value of each kind. */
const places = {
  int: "i",
  float: "f",
  string: "s",
  ints: "ints",
  floats: "floats",
  strings: "strings",
  tensor: "t",
  graph: "g",
  graphs: "graphs",
} as const;

const isGiven = (proto: Proto, place: keyof Proto): boolean => {
  const value = proto[place];
  return Array.isArray(value) ? value.length > 0 : has<"AttributeProto">(proto, place);
};

/** The kind and value of an attribute, which is of the `wanted` kind where there is one; refuses graphs and other kinds that the IR has no place for. */
export function readAttribute(
  proto: Proto,
  wanted: AttrKind | undefined,
  folder: DataFolder | undefined,
): { readonly kind: AttrKind; readonly value: Attr } {
  const { name } = proto;
  if (proto.ref_attr_name !== "") throw unread(`the attribute ${name} refers to a function's attribute`);
  if (proto.type === 0) throw new AppError("input", `the attribute ${name} names no kind`);
  const kind = Object.entries(attributeTypes).find(([, number]) => number === proto.type)?.[0];
  if (kind === undefined || !isKind(kind)) {
    throw unread(
      `the attribute ${name} is a ${kind ?? `value of kind ${proto.type}`}, which minnow does not read`,
    );
  }
  const other = Object.values(places).find((place) => place !== places[kind] && isGiven(proto, place));
  if (other)
    throw new AppError("input", `the attribute ${name} is of kind ${kind}, and has a value in ${other}`);
  if (wanted !== undefined && wanted !== kind) {
    throw new AppError("input", `the attribute ${name} is of kind ${kind}, not ${wanted}`);
  }
  return { kind, value: readers[kind](proto, folder) };
}

const isKind = (kind: string): kind is AttrKind => Object.hasOwn(readers, kind);

/** The AttributeProto of a value whose kind the op's schema gives. */
export function writeAttribute(name: string, kind: AttrKind, value: Attr): Draft<"AttributeProto"> {
  const base = { name, type: attributeTypes[kind] };
  if (typeof value === "number" && kind === "int") return { ...base, i: fromNumber(value) };
  if (typeof value === "number" && kind === "float") return { ...base, f: value };
  if (typeof value === "string") return { ...base, s: Buffer.from(value) };
  if (value instanceof Tensor) return { ...base, t: { ...tensorHeader(value), raw_data: value.bytes } };
  if (Array.isArray(value)) {
    if (kind === "strings") return { ...base, strings: value.map((one) => Buffer.from(String(one))) };
    if (kind === "ints") return { ...base, ints: value.map((one) => fromNumber(Number(one))) };
    if (kind === "floats") return { ...base, floats: value.map(Number) };
  }
  throw defect(`the attribute ${name} is not of kind ${kind}`);
}
