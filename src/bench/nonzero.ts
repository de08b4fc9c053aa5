// How many elements of a tensor are not zero, counted where they lie.
import { dtypes, type Tensor } from "../tensor/index.ts";

/** Elements other than 0; nothing of the tensor's size is made. */
export function nonzeroOf(tensor: Tensor): number {
  const { data, dtype, size } = tensor;
  if (dtypes[dtype].bits === 4) return nonzeroHalves(tensor.bytes, size);
  // half floats are kept as their bits, of which the first is the sign: -0 is zero too
  const half = dtype === "f16" || dtype === "bf16";
  let count = 0;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (const value of data) if (value !== 0n) count++;
  } else for (const value of data) if ((half ? value & 0x7fff : value) !== 0) count++;
  return count;
}

/** Two elements lie in a byte, the first in its low half. */
function nonzeroHalves(bytes: Uint8Array, size: number): number {
  let count = 0;
  for (let i = 0; i < size; i++) if ((((bytes[i >> 1] ?? 0) >> (4 * (i & 1))) & 15) !== 0) count++;
  return count;
}
