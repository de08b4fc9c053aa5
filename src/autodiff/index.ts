// Differentiation of graphs.
export { type GradientsOptions, gradientName, gradients } from "./gradients.ts";
