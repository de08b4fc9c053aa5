// WebAssembly kernels for what ONNX Runtime has no operators for: the optimiser, masks, int8 rounding.
export { Arena, type Kernels } from "./kernels.ts";
