// Convolutions and transposed convolutions over any number of spatial axes, in groups.
import { AppError, unread } from "../base/index.ts";
import type { Builder, Dim, Value } from "../ir/index.ts";
import { product, quotient } from "../ir/index.ts";
import { defineOp, int, ints, type Link, maybe } from "./define.ts";
import { apart, sizeOfAxes } from "./shapes.ts";
import {
  padsOf,
  type Window,
  type WindowAttrs,
  windowAttrs,
  windowCount,
  windowSpread,
  windows,
} from "./windows.ts";

interface ConvAttrs extends WindowAttrs {
  readonly group: number;
  readonly kernel_shape: readonly number[] | undefined;
}
const attrs = { ...windowAttrs, group: int(1), kernel_shape: maybe(ints()) };

function kernelOf(op: string, W: Value, given: readonly number[] | undefined): readonly number[] {
  const sizes = W.type.shape.slice(2);
  const kernel = sizes.filter((size) => typeof size === "number");
  if (kernel.length < sizes.length) throw unread(`${op}: the sizes of its kernel must be fixed`);
  if (given && `${given}` !== `${kernel}`)
    throw new AppError("input", `${op}: weights of shape [${W.type.shape}] against kernel_shape [${given}]`);
  return kernel;
}

function channelsFit(op: string, X: Value, W: Value, inputs: Dim, group: number): void {
  const [x, w] = [X.type.shape, W.type.shape];
  const [channels, filters] = [x[1], w[0]];
  if (group < 1 || (typeof filters === "number" && filters % group !== 0))
    throw new AppError("input", `${op}: weights of shape [${w}] in ${group} groups`);
  if (x.length < 3 || x.length !== w.length || apart(channels ?? 1, inputs))
    throw new AppError("input", `${op}: [${x}] does not fit weights of shape [${w}]`);
}

const spatial = (value: Value): readonly Dim[] => value.type.shape.slice(2);
const windowsOf = (op: string, X: Value, W: Value, attrs: ConvAttrs): readonly Window[] =>
  windows(op, attrs, kernelOf(op, W, attrs.kernel_shape), spatial(X));

/** The windows as attributes of the op that goes the other way. */
const movesOf = (op: string, list: readonly Window[], group: number) => ({
  pads: padsOf(list, op),
  strides: list.map(({ stride }) => stride),
  dilations: list.map(({ dilation }) => dilation),
  group,
});

/** Sums over the batch and the places: what a bias gets. */
const perChannel = (b: Builder, dY: Value): Value =>
  b.sum(
    dY,
    dY.type.shape.map((_, i) => i).filter((i) => i !== 1),
  );

/**
 * Gradient by the weights of a convolution of `inner` whose result has the gradient `outer`: the convolution of both
 * with batch and channels in each other's place, stride and dilation too, cut to the kernel.
 */
function weightGradient(
  b: Builder,
  inner: Value,
  outer: Value,
  list: readonly Window[],
  group: number,
): Value {
  const axes = list.map((_, i) => i + 2);
  const turned = (value: Value): Value => b.transpose(value, [1, 0, ...axes]);
  const grouped = b.op("Conv", [group === 1 ? turned(inner) : regrouped(b, inner, group), turned(outer)], {
    pads: padsOf(list, "Conv"),
    strides: list.map(({ dilation }) => dilation),
    dilations: list.map(({ stride }) => stride),
    group,
  });
  const kernel = list.map(({ kernel }) => kernel);
  return turned(
    b.slice(
      grouped,
      kernel.map(() => 0),
      kernel,
      axes,
    ),
  );
}

/** [N, G C, ...] as [C, G N, ...]: the batch as channels of each group. */
function regrouped(b: Builder, value: Value, group: number): Value {
  const { shape } = value.type;
  const channels = quotient(shape[1] ?? 1, group);
  if (typeof channels !== "number") throw unread("Conv: the gradient needs a fixed number of channels");
  const places = shape.slice(2).map((_, i) => i + 2);
  const apart = b.op("Reshape", [value, sizeOfAxes(b, value, [0, [group], [channels], ...places])]);
  const moved = b.transpose(apart, [2, 1, 0, ...places.map((axis) => axis + 1)]);
  return b.op("Reshape", [moved, sizeOfAxes(b, value, [[channels], [-1], ...places])]);
}

/** What a transposed convolution must add after each axis to come back to this size. */
function outputPadding(X: Value, dY: Value, list: readonly Window[]): readonly number[] {
  return list.map((window, i) => {
    const [size, count] = [spatial(X)[i] ?? 1, spatial(dY)[i] ?? 1];
    if (window.stride === 1) return 0;
    const back = windowSpread(count, window, 0);
    if (typeof size === "number" && typeof back === "number") return size - back;
    throw unread("Conv: the gradient needs fixed sizes where its stride is not 1");
  });
}

/** Batch, and where there are no groups the channels: those of X are contracted, those of W are the result's. */
const convLinks = (group: number, inner: number, outer: number): Link[] => [
  [
    ["X", 0],
    ["Y", 0],
  ],
  ...(group === 1
    ? [
        [["X", 1] as const, ["W", inner] as const],
        [["W", outer] as const, ["B", 0] as const, ["Y", 1] as const],
      ]
    : []),
];

/** Each window of X times the weights. dX is the transposed convolution of dY. */
export const Conv = defineOp({
  type: "Conv",
  since: 11,
  inputs: ["X", "W", "B?"],
  outputs: ["Y"],
  alike: [["X", "W", "B"]],
  attrs,
  infer({ X, W, attrs, fresh }) {
    channelsFit("Conv", X, W, product([W.type.shape[1] ?? 1, attrs.group]), attrs.group);
    const list = windowsOf("Conv", X, W, attrs);
    const sizes = list.map((window, i) => windowCount("Conv", spatial(X)[i] ?? 1, window) ?? fresh());
    return { Y: { dtype: X.type.dtype, shape: [X.type.shape[0] ?? 1, W.type.shape[0] ?? 1, ...sizes] } };
  },
  grad(b, { X, W, dY, attrs, wants }) {
    const list = windowsOf("Conv", X, W, attrs);
    const shared = movesOf("Conv", list, attrs.group);
    const back = (): Value =>
      b.op("ConvTranspose", [dY, W], { ...shared, output_padding: outputPadding(X, dY, list) });
    return {
      ...(wants("X") && { X: back() }),
      ...(wants("W") && { W: weightGradient(b, X, dY, list, attrs.group) }),
      ...(wants("B") && { B: perChannel(b, dY) }),
    };
  },
  axes: ({ attrs }) => convLinks(attrs.group, 1, 0),
  cost: ({ W, Y }) =>
    (2 * Number(product(Y.type.shape)) * Number(product(W.type.shape))) / Number(W.type.shape[0]),
  examples: [
    { inputs: [[2, 3, 5], [4, 3, 2], [4]] },
    { inputs: [[1, 2, 5, 4], [3, 2, 3, 2], null], attrs: { pads: [1, 0, 1, 1], strides: [2, 1] } },
    { inputs: [[2, 4, 7], [6, 2, 3], [6]], attrs: { group: 2, dilations: [2], pads: [2, 1] } },
    { inputs: [[2, 4, 6], [4, 1, 3], null], attrs: { group: 4, strides: [2], auto_pad: "SAME_UPPER" } },
    { inputs: [[1, 3, 4, 4], [2, 3, 2, 2], [2]], attrs: { strides: [2, 2], kernel_shape: [2, 2] } },
  ],
});

/** The places of X spread out by the weights: what carries a convolution's gradient back, and its own dX is a Conv. */
export const ConvTranspose = defineOp({
  type: "ConvTranspose",
  since: 11,
  inputs: ["X", "W", "B?"],
  outputs: ["Y"],
  alike: [["X", "W", "B"]],
  attrs: { ...attrs, output_padding: maybe(ints()), output_shape: maybe(ints()) },
  infer({ X, W, attrs }) {
    channelsFit("ConvTranspose", X, W, W.type.shape[0] ?? 1, attrs.group);
    const list = windowsOf("ConvTranspose", X, W, attrs);
    const sizes = list.map((window, i): Dim => {
      const [size, extra] = [spatial(X)[i] ?? 1, attrs.output_padding?.[i] ?? 0];
      const given = attrs.output_shape?.at(i - list.length);
      if (given !== undefined) return given;
      if (attrs.auto_pad.startsWith("SAME")) return product([size, window.stride]);
      const spread = windowSpread(size, window, extra) ?? 1;
      if (typeof spread === "string" || spread > 0) return spread;
      throw new AppError("input", `ConvTranspose: of ${size} places nothing is left inside its padding`);
    });
    const channels = product([W.type.shape[1] ?? 1, attrs.group]);
    return { Y: { dtype: X.type.dtype, shape: [X.type.shape[0] ?? 1, channels, ...sizes] } };
  },
  grad(b, { X, W, dY, attrs, wants }) {
    if (attrs.output_shape || attrs.auto_pad.startsWith("SAME"))
      throw unread("ConvTranspose: the gradient with output_shape or auto_pad is not known");
    const list = windowsOf("ConvTranspose", X, W, attrs);
    const shared = movesOf("ConvTranspose", list, attrs.group);
    return {
      ...(wants("X") && { X: cutTo(b, b.op("Conv", [dY, W], shared), X) }),
      ...(wants("W") && { W: weightGradient(b, dY, X, list, attrs.group) }),
      ...(wants("B") && { B: perChannel(b, dY) }),
    };
  },
  axes: ({ attrs }) => convLinks(attrs.group, 0, 1),
  cost: ({ X, W }) =>
    (2 * Number(product(X.type.shape)) * Number(product(W.type.shape))) / Number(W.type.shape[0]),
  examples: [
    { inputs: [[2, 3, 4], [3, 4, 2], [4]] },
    {
      inputs: [[1, 2, 3, 4], [2, 3, 3, 2], null],
      attrs: { pads: [1, 0, 1, 1], strides: [2, 1], output_padding: [1, 0] },
    },
    { inputs: [[2, 4, 3], [4, 3, 2], [6]], attrs: { group: 2, dilations: [2] } },
  ],
});

/** The first places of each axis, as many as `like` has: output_padding may leave room for one window more. */
function cutTo(b: Builder, value: Value, like: Value): Value {
  const axes = spatial(like).map((_, i) => i + 2);
  const longer = axes.filter((axis) => value.type.shape[axis] !== like.type.shape[axis]);
  if (longer.length === 0) return value;
  const stops = longer.map((axis) => like.type.shape[axis]);
  const fixed = stops.filter((stop) => typeof stop === "number");
  if (fixed.length < stops.length) throw unread("ConvTranspose: the gradient needs fixed sizes");
  return b.slice(
    value,
    longer.map(() => 0),
    fixed,
    longer,
  );
}
