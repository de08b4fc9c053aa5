// The intermediate representation: graphs as readonly data, the builder, rebuilding, text form, verifier.
export { Builder } from "./builder.ts";
export { bound, canonical, type Dim, difference, isStatic, product, quotient, sum } from "./dims.ts";
export {
  type Attr,
  type AttrKind,
  type Attrs,
  type Call,
  type Graph,
  KNOWN,
  type Model,
  type Node,
  namedWeights,
  type OpSchema,
  type OpTable,
  type Output,
  producersOf,
  usesOf,
  type Value,
  type ValueType,
  withWeights,
} from "./graph.ts";
export { print, printType } from "./print.ts";
export { type Rebuild, rebuild } from "./rebuild.ts";
export { verify } from "./verify.ts";
