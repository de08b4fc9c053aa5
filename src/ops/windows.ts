// Sizes under sliding windows, as convolutions and pools have them.
import { AppError, unread } from "../base/index.ts";
import { type Dim, difference, product, sum } from "../ir/index.ts";
import { ints, maybe, str } from "./define.ts";

/** Attributes that every window has. */
export const windowAttrs = {
  auto_pad: str("NOTSET"),
  dilations: maybe(ints()),
  pads: maybe(ints()),
  strides: maybe(ints()),
};

export interface WindowAttrs {
  readonly auto_pad: string;
  readonly dilations: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
}

/** One spatial axis under a window. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before and after; undefined where it follows from a size that is open. */
  readonly pads: readonly [number, number] | undefined;
}

/** From the first to the last element that a window reads. */
export const extent = ({ kernel, dilation }: Window): number => (kernel - 1) * dilation + 1;

/** The windows over the spatial axes of `sizes`; an AppError where lists have another length. */
export function windows(
  op: string,
  attrs: WindowAttrs,
  kernel: readonly number[],
  sizes: readonly Dim[],
): Window[] {
  const rank = sizes.length;
  const list = (name: "strides" | "dilations"): readonly number[] => attrs[name] ?? kernel.map(() => 1);
  const pads = attrs.pads ?? Array<number>(2 * rank).fill(0);
  const [strides, dilations] = [list("strides"), list("dilations")];
  if ([kernel, strides, dilations].some(({ length }) => length !== rank) || pads.length !== 2 * rank)
    throw new AppError(
      "input",
      `${op}: its kernel, strides, dilations and pads do not fit ${rank} spatial axes`,
    );
  if ([...kernel, ...strides, ...dilations].some((one) => one < 1))
    throw new AppError("input", `${op}: a kernel, stride or dilation is less than 1`);
  return kernel.map((length, i) => {
    const [stride, dilation] = [strides[i] ?? 1, dilations[i] ?? 1];
    const given = [pads[i] ?? 0, pads[i + rank] ?? 0] as const;
    const window = { kernel: length, stride, dilation, pads: given };
    return { ...window, pads: padsBy(op, attrs.auto_pad, window, sizes[i] ?? 1) };
  });
}

function padsBy(op: string, mode: string, window: Window, size: Dim): Window["pads"] {
  if (mode === "NOTSET") return window.pads;
  if (mode === "VALID") return [0, 0];
  if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER")
    throw new AppError("input", `${op}: auto_pad is ${JSON.stringify(mode)}`);
  if (typeof size !== "number" && window.stride !== 1) return undefined;
  const past = typeof size === "number" ? (Math.ceil(size / window.stride) - 1) * window.stride - size : -1;
  const all = Math.max(0, past + extent(window));
  const [less, more] = [Math.floor(all / 2), Math.ceil(all / 2)];
  return mode === "SAME_UPPER" ? [less, more] : [more, less];
}

/** Windows that fit along an axis of this size, with padding; undefined where it cannot be told. */
export function windowCount(op: string, size: Dim, window: Window, ceil = false): Dim | undefined {
  const { stride, pads } = window;
  if (!pads) return undefined;
  const span = sum(size, pads[0] + pads[1] - extent(window));
  if (typeof span !== "number") return stride === 1 ? sum(span, 1) : undefined;
  if (span < 0) throw new AppError("input", `${op}: its window of ${extent(window)} is wider than ${size}`);
  const count = (ceil ? Math.ceil(span / stride) : Math.floor(span / stride)) + 1;
  // a window that begins in the padding after the axis is none
  const begins = (count - 1) * stride;
  return ceil && typeof size === "number" && begins >= size + pads[0] ? count - 1 : count;
}

/** Size that a transposed window makes of an axis. */
export const windowSpread = (size: Dim, window: Window, extra: number): Dim | undefined =>
  window.pads &&
  sum(
    product([window.stride, difference(size, 1)]),
    extent(window) + extra - window.pads[0] - window.pads[1],
  );

/** Padding of all windows as the attribute has it: those before, then those after; refused where one is open. */
export function padsOf(list: readonly Window[], op: string): readonly number[] {
  const pads = list.map((window) => {
    if (!window.pads) throw unread(`${op}: the gradient needs sizes that are fixed where auto_pad is SAME`);
    return window.pads;
  });
  return [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
}
