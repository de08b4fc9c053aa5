// Element types and tensors.
export {
  byteSize,
  type DType,
  dtypeOfOnnx,
  dtypeOfSafetensors,
  dtypes,
  fullName,
  isFloat,
  type TypedArray,
} from "./dtype.ts";
export { bfloatToFloat, floatToBfloat, floatToHalf, halfToFloat, roundEven } from "./half.ts";
export { sizeOf, Tensor, take, transposed } from "./tensor.ts";
