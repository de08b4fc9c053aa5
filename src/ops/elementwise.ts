// What element-wise ops share: one input, one rule for its elements, numbers away from kinks.
import type { Builder, Dim, Value } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { type AttrSpec, defineOp, type OpDef } from "./define.ts";
import { knownBy, sameAxes, typed } from "./shapes.ts";

type Rule = (b: Builder, view: { readonly X: Value; readonly Y: Value; readonly dY: Value }) => Value;

/** An op that works on each element alone; `gradient` gives dX. */
export const unary = (
  type: string,
  since: number,
  gradient: Rule | undefined,
  sample?: (random: number) => number,
  known?: (item: Dim) => Dim,
): OpDef =>
  defineOp({
    type,
    since,
    inputs: ["X"],
    outputs: ["Y"],
    infer({ X }) {
      const { dtype, shape } = X.type;
      return { Y: typed(dtype, shape, known && knownBy([X], shape, ([item = 0]) => known(item))) };
    },
    ...(gradient
      ? { grad: (b: Builder, view: { X: Value; Y: Value; dY: Value }) => ({ X: gradient(b, view) }) }
      : { constant: true as const }),
    axes: ({ X }) => sameAxes(X),
    examples: [
      ...[[2, 3], [1, 4], [], [2, 1, 3]].map((shape) => ({ inputs: [shape], ...(sample && { sample }) })),
      ...(known ? [{ inputs: [Tensor.ints([5, -6])] }] : []),
    ],
  });

/** Numbers from 0.5 to 1.5. */
export const positive = (random: number): number => 0.5 + random;
/** Away from the kink at 0, where finite differences say nothing. */
export const kinked = (random: number): number => (random < 0.5 ? -0.2 - random : random);
/** No two elements within 0.1 of each other: their order, and the largest of a window, stay. */
export const spread = (_random: number, index: number): number => ((index * 37) % 101) / 10;

type Attrs = Readonly<Record<string, AttrSpec<number>>>;

interface Shaped<A extends Attrs> {
  readonly since: number;
  readonly attrs: A;
  readonly grad?: (
    b: Builder,
    view: {
      readonly X: Value;
      readonly Y: Value;
      readonly dY: Value;
      readonly attrs: { [K in keyof A]: number };
    },
  ) => Value;
  readonly decompose?: (
    b: Builder,
    view: { readonly X: Value; readonly attrs: { [K in keyof A]: number } },
  ) => Value;
  readonly sample?: (random: number) => number;
  /** Attributes of a second example. */
  readonly example?: { readonly [K in keyof A]?: number };
}

/** An activation: an op on each element alone whose attributes give its curve its form. */
export const activation = <A extends Attrs>(type: string, spec: Shaped<A>): OpDef => {
  const sample = spec.sample && { sample: spec.sample };
  // the attributes' names are those of A, all of them numbers
  type View = Parameters<NonNullable<Shaped<A>["grad"]>>[1];
  const { grad, decompose } = spec;
  return defineOp({
    type,
    since: spec.since,
    inputs: ["X"],
    outputs: ["Y"],
    attrs: spec.attrs,
    infer: ({ X }) => ({ Y: { dtype: X.type.dtype, shape: X.type.shape } }),
    ...(grad && { grad: (b: Builder, view: object) => ({ X: grad(b, view as View) }) }),
    ...(decompose && { decompose: (b: Builder, view: object) => [decompose(b, view as View)] }),
    axes: ({ X }) => sameAxes(X),
    examples: [
      { inputs: [[2, 3]], ...sample },
      { inputs: [[2, 1, 4]], ...sample },
      ...(spec.example ? [{ inputs: [[3, 5]], attrs: spec.example as object, ...sample }] : []),
    ],
  });
};
