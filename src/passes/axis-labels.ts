// Labelled axes: which unit each index of an axis belongs to, spread over a graph by the ops' own links.
import { type Graph, type Node, producersOf, usesOf, type Value } from "../ir/index.ts";
import { type AxisPlace, opDef } from "../ops/index.ts";

/** The label of an index that belongs to no unit: it stays, whatever is cut. */
export const NONE = -1;

export type AxisLink = readonly AxisPlace[];

/** A graph, and what is asked of it again and again while labels spread. */
export interface AxisView {
  readonly graph: Graph;
  /** Nodes that read or make a value. */
  touching(value: Value): readonly Node[];
  links(node: Node): readonly AxisLink[];
  /** Values that do not depend on the graph's inputs. */
  readonly constants: ReadonlySet<Value>;
}

export function axisView(graph: Graph): AxisView {
  const [uses, producers] = [usesOf(graph), producersOf(graph)];
  const links = new Map<Node, readonly AxisLink[]>();
  const constants = new Set(graph.weights.keys());
  for (const { inputs, outputs } of graph.nodes)
    if (inputs.every((input) => !input || constants.has(input)))
      for (const output of outputs) constants.add(output);
  return {
    graph,
    constants,
    touching(value) {
      const producer = producers.get(value);
      return [...(producer ? [producer] : []), ...(uses.get(value) ?? [])];
    },
    links(node) {
      const found = links.get(node) ?? opDef(node.op).axes?.(node) ?? [];
      links.set(node, found);
      return found;
    },
  };
}

/** How many steps the axis that a link's places share has; undefined where none of them says. */
export function stepsOf(link: AxisLink): number | undefined {
  const counts = link.flatMap(({ value, axis, block, from }) => {
    const length = value.type.shape[axis];
    return from === undefined && typeof length === "number" ? [length / block] : [];
  });
  return counts.length === 0 ? undefined : Math.min(...counts);
}

/** Step of the shared axis that an index of a place belongs to; NONE outside a segment. */
export function stepOf({ block, from }: AxisPlace, steps: number, index: number): number {
  if (from === undefined) return Math.floor(index / block) % steps;
  const step = Math.floor((index - from) / block);
  return step >= 0 && step < steps ? step : NONE;
}

/** Labels that spread from one axis to all that can only be cut with it. */
export class AxisLabels {
  /** Labels of labelled axes; of an axis whose length is a symbol those of one period. */
  readonly axes = new Map<Value, Map<number, Int32Array>>();
  /** Why what is labelled cannot be cut. */
  fixed: string | undefined;
  readonly #view: AxisView;
  readonly #parents: number[] = [];
  readonly #queue = new Set<string>();
  readonly #places = new Map<string, readonly [Value, number]>();
  readonly #ids = new Map<Value, number>();
  /** Which of several views of an axis a node's links are read by. */
  readonly #chosen = new Map<Node, Map<string, string>>();

  constructor(view: AxisView, value: Value, axis: number) {
    this.#view = view;
    const length = value.type.shape[axis];
    if (typeof length !== "number") return;
    this.#parents.push(...Array(length).keys());
    this.axes.set(value, new Map([[axis, Int32Array.from(this.#parents)]]));
    this.#changed(value, axis);
    this.#spread();
  }

  /** The label that stands for all that were found to be one with it. */
  find(label: number): number {
    if (label === NONE) return NONE;
    let at = label;
    while (this.#parents[at] !== at) at = this.#parents[at] ?? at;
    this.#parents[label] = at;
    return at;
  }

  /** The labels of an axis, each by the one that stands for it. */
  of(value: Value, axis: number): Int32Array | undefined {
    return this.axes
      .get(value)
      ?.get(axis)
      ?.map((label) => this.find(label));
  }

  #spread(): void {
    const later: (() => void)[] = [];
    while (this.#queue.size > 0 || later.length > 0) {
      const [key] = this.#queue;
      if (key === undefined) {
        later.shift()?.();
        continue;
      }
      this.#queue.delete(key);
      const [value, axis] = this.#places.get(key) ?? [];
      if (!value || axis === undefined) continue;
      this.#fixEnds(value);
      for (const node of this.#view.touching(value)) this.#visit(node, value, axis, later);
    }
  }

  #fixEnds(value: Value): void {
    const { inputs, outputs } = this.#view.graph;
    if (inputs.includes(value)) this.#fix(`it is an axis of the input ${value.name}`);
    const output = outputs.find((one) => one.value === value);
    if (output) this.#fix(`it is an axis of the output ${output.name}`);
  }

  /** Links of the node that have this axis; where they see it in several ways, one is chosen when nothing else is left. */
  #visit(node: Node, value: Value, axis: number, later: (() => void)[]): void {
    const own = this.#view
      .links(node)
      .flatMap((link) =>
        link.flatMap((place) =>
          place.value === value && place.axis === axis && (this.#stepsOf(link) ?? 0) > 1
            ? [{ link, place }]
            : [],
        ),
      );
    if (own.length === 0) {
      if (!opDef(node.op).measures) this.#fix(`${nameOf(node)} works across it`);
      return;
    }
    const viewOf = ({ link, place: { block } }: (typeof own)[number]): string =>
      `${block} ${this.#stepsOf(link)}`;
    const whole = own.filter(({ place }) => place.from === undefined);
    const views = [...new Set(whole.map(viewOf))];
    for (const { link, place } of own)
      if (place.from !== undefined || views.length === 1) this.#join(link, node);
    if (views.length < 2) return;
    later.push(() => {
      const memo = this.#chosen.get(node) ?? new Map<string, string>();
      this.#chosen.set(node, memo);
      const key = this.#key(value, axis);
      const outermost = whole.toSorted((a, b) => b.place.block - a.place.block);
      const fitting = outermost.find(({ link, place }) => this.#fits(link, place)) ?? outermost[0];
      const chosen = memo.get(key) ?? (fitting && viewOf(fitting));
      if (chosen === undefined) return;
      memo.set(key, chosen);
      for (const one of whole) if (viewOf(one) === chosen) this.#join(one.link, node);
    });
  }

  /** Steps of a link's axis; where every length is a symbol, those of the period that has labels. */
  #stepsOf(link: AxisLink): number | undefined {
    const periods = link.map(
      ({ value, axis, block }) => (this.axes.get(value)?.get(axis)?.length ?? 0) / block,
    );
    return stepsOf(link) ?? Math.max(...periods);
  }

  /** Whether the labels of a place say one label for each step of the link. */
  #fits(link: AxisLink, place: AxisPlace): boolean {
    const labels = this.of(place.value, place.axis) ?? new Int32Array();
    const steps = this.#stepsOf(link) ?? 1;
    const byStep = new Map<number, number>();
    return labels.every((label, index) => {
      const step = stepOf(place, steps, index);
      const first = byStep.get(step) ?? label;
      byStep.set(step, first);
      return first === label;
    });
  }

  /** Gives all indices of one step of a link one label. */
  #join(link: AxisLink, node: Node): void {
    const steps = this.#stepsOf(link);
    if (steps === undefined || steps < 2) return;
    if (!Number.isInteger(steps)) {
      this.#fix(`${nameOf(node)} takes it in parts that are not whole`);
      return;
    }
    const byStep = new Int32Array(steps).fill(NONE);
    const all = link.map((place) => [place, this.#labelsFor(place, steps, node)] as const);
    for (const [place, labels] of all)
      labels?.forEach((label, index) => {
        const step = stepOf(place, steps, index);
        if (step !== NONE && label !== NONE) byStep[step] = this.#one(byStep[step] ?? NONE, label);
      });
    for (const [place, labels] of all) {
      let more = false;
      labels?.forEach((label, index) => {
        const step = stepOf(place, steps, index);
        const own = step === NONE ? NONE : (byStep[step] ?? NONE);
        if (label !== NONE || own === NONE) return;
        labels[index] = own;
        more = true;
      });
      if (more) this.#changed(place.value, place.axis);
    }
  }

  /** The labels of a place to read and write; made where there are none. */
  #labelsFor({ value, axis, block, from }: AxisPlace, steps: number, node: Node): Int32Array | undefined {
    const row = this.axes.get(value) ?? new Map<number, Int32Array>();
    this.axes.set(value, row);
    const [length, found, period] = [value.type.shape[axis], row.get(axis), steps * block];
    if (typeof length === "string" && (from !== undefined || (found && found.length !== period))) {
      this.#fix(`${nameOf(node)} takes it in parts, and its length is not fixed`);
      return undefined;
    }
    const labels = found ?? new Int32Array(typeof length === "number" ? length : period).fill(NONE);
    row.set(axis, labels);
    return labels;
  }

  #one(a: number, b: number): number {
    if (a === NONE) return this.find(b);
    const [x, y] = [this.find(a), this.find(b)];
    const [first, second] = [Math.min(x, y), Math.max(x, y)];
    this.#parents[second] = first;
    return first;
  }

  #key(value: Value, axis: number): string {
    const id = this.#ids.get(value) ?? this.#ids.size;
    this.#ids.set(value, id);
    return `${id} ${axis}`;
  }

  #changed(value: Value, axis: number): void {
    const key = this.#key(value, axis);
    this.#places.set(key, [value, axis]);
    this.#queue.add(key);
  }

  #fix(why: string): void {
    this.fixed ??= why;
  }
}

/** A node as a message names it. */
export const nameOf = ({ op, name }: Node): string => (name === undefined ? op : `${op} (node ${name})`);
