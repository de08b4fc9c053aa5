// Compression methods.
export { type Applied, defineMethod, type Method, type MethodContext, type MethodSpec } from "./define.ts";
