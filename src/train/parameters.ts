// The parameters of a training run, in one memory with their gradients and moments; AdamW steps over them in place.
import { defect, must } from "../base/index.ts";
import type { Arena } from "../kernels/index.ts";
import { Tensor } from "../tensor/index.ts";

export interface AdamWOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** Rows of a lookup table that training has touched; the others have no moments and only decay. */
interface Rows {
  readonly width: number;
  /** Slot of each touched row, in order of first touch. */
  readonly slots: Map<number, number>;
  /** Rows whose gradient is not zero in this step. */
  readonly current: Set<number>;
  capacity: number;
}

interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly weight: number;
  gradient: number;
  mean: number;
  variance: number;
  readonly decays: boolean;
  readonly rows: Rows | undefined;
  mask: number | undefined;
}

/** All that a later process needs to go on: tensors (views of the memory, valid until it grows) and numbers. */
export interface ParametersState {
  /** "weight NAME", "mean NAME", "variance NAME", "mask NAME"; moments of a table are those of its touched rows. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly steps: number;
  readonly decayed: number;
  /** Touched rows of each table, in order of first touch. */
  readonly rows: Readonly<Record<string, readonly number[]>>;
}

/** Weights by name. Matrices decay, vectors (biases, norms) do not. */
export class Parameters {
  readonly #arena: Arena;
  readonly #all = new Map<string, Parameter>();
  /** Product of the decay factors so far: what an untouched row of a lookup table has decayed by. */
  #decayed = 1;
  #steps = 0;

  /** `tables` names the weights that are only read row by row. */
  constructor(arena: Arena, weights: ReadonlyMap<string, Tensor>, tables: ReadonlySet<string>) {
    this.#arena = arena;
    for (const [name, tensor] of weights) this.#all.set(name, this.#place(name, tensor, tables.has(name)));
  }

  #place(name: string, tensor: Tensor, table: boolean): Parameter {
    const { size, shape } = tensor;
    const weight = this.#arena.allocate(size);
    this.#arena.view(weight, size).set(tensor.floats);
    const width = size / (shape[0] ?? 1);
    const rows = table
      ? { width, slots: new Map<number, number>(), current: new Set<number>(), capacity: 0 }
      : undefined;
    const room = (): number => (table ? 0 : this.#arena.allocate(size));
    const [gradient, mean, variance] = [room(), room(), room()];
    return {
      name,
      shape,
      size,
      weight,
      gradient,
      mean,
      variance,
      decays: shape.length > 1,
      rows,
      mask: undefined,
    };
  }

  get names(): readonly string[] {
    return [...this.#all.keys()];
  }

  #of(name: string): Parameter {
    return must(this.#all.get(name), `parameter ${name}`);
  }

  /** The weight as a view of the memory: feeding it copies nothing. */
  weight(name: string): Tensor {
    const { shape, weight, size } = this.#of(name);
    return Tensor.of("f32", shape, this.#arena.view(weight, size));
  }

  /** Where the engine writes a dense gradient. */
  gradient(name: string): Tensor {
    const { shape, gradient, size, rows } = this.#of(name);
    if (rows) throw defect(`${name} has row gradients`);
    return Tensor.of("f32", shape, this.#arena.view(gradient, size));
  }

  /** Adds gradients of looked-up rows: `indices[i]` is the table row of row i of the floats at `place` in the memory. */
  addRows(name: string, indices: readonly number[], place: number): void {
    const parameter = this.#of(name);
    const rows = must(parameter.rows, `rows of ${name}`);
    this.#reserve(parameter, rows, indices);
    const length = parameter.shape[0] ?? 0;
    const { width } = rows;
    const memory = this.#arena.view(parameter.gradient, rows.capacity * width);
    const values = this.#arena.view(place, indices.length * width);
    indices.forEach((raw, i) => {
      const row = raw < 0 ? raw + length : raw;
      const at = must(rows.slots.get(row), "row slot") * width;
      const from = i * width;
      if (rows.current.has(row))
        for (let j = 0; j < width; j++) memory[at + j] = (memory[at + j] ?? 0) + (values[from + j] ?? 0);
      else memory.set(values.subarray(from, from + width), at);
      rows.current.add(row);
    });
  }

  /** Gives each new row a slot; a row that joins late catches up on the decay it missed. */
  #reserve(parameter: Parameter, rows: Rows, indices: readonly number[]): void {
    const length = parameter.shape[0] ?? 0;
    const fresh = [...new Set(indices.map((row) => (row < 0 ? row + length : row)))].filter(
      (row) => !rows.slots.has(row),
    );
    for (const row of fresh) {
      rows.slots.set(row, rows.slots.size);
      if (parameter.decays)
        this.#arena.kernels.scale(parameter.weight + row * rows.width * 4, this.#decayed, rows.width);
    }
    if (rows.slots.size > rows.capacity)
      this.#grow(parameter, rows, Math.min(length, Math.max(64, rows.slots.size * 2)));
  }

  #grow(parameter: Parameter, rows: Rows, capacity: number): void {
    const moved = (from: number): number => {
      const to = this.#arena.allocate(capacity * rows.width);
      this.#arena
        .view(to, rows.capacity * rows.width)
        .set(this.#arena.view(from, rows.capacity * rows.width));
      return to;
    };
    parameter.gradient = moved(parameter.gradient);
    parameter.mean = moved(parameter.mean);
    parameter.variance = moved(parameter.variance);
    rows.capacity = capacity;
  }

  /** L2 norm over all gradients of this step. */
  gradientNorm(): number {
    let sum = 0;
    for (const parameter of this.#all.values()) {
      for (const [at, count] of this.#gradientSpans(parameter))
        sum += this.#arena.kernels.sumOfSquares(at, count);
    }
    return Math.sqrt(sum);
  }

  #gradientSpans({ rows, gradient, size }: Parameter): readonly (readonly [number, number])[] {
    if (!rows) return [[gradient, size]];
    return [...rows.current]
      .sort((a, b) => a - b)
      .map((row) => [gradient + must(rows.slots.get(row), "slot") * rows.width * 4, rows.width]);
  }

  /** The first parameter whose gradient is not finite. */
  firstNonFinite(): string | undefined {
    for (const parameter of this.#all.values()) {
      for (const [at, count] of this.#gradientSpans(parameter)) {
        if (!Number.isFinite(this.#arena.kernels.sumOfSquares(at, count))) return parameter.name;
      }
    }
    return undefined;
  }

  /** One AdamW step with gradients multiplied by `clip`; masks are applied to the new weights. */
  step(options: AdamWOptions, clip: number): void {
    this.#steps++;
    const { learningRate, beta1, beta2, epsilon, weightDecay } = options;
    const step = learningRate / (1 - beta1 ** this.#steps);
    const correction = 1 / Math.sqrt(1 - beta2 ** this.#steps);
    const keep = 1 - learningRate * weightDecay;
    for (const parameter of this.#all.values()) {
      const factor = parameter.decays ? keep : 1;
      const update = (p: number, offset: number, count: number): void =>
        this.#arena.kernels.adamw(
          p,
          parameter.mean + offset,
          parameter.variance + offset,
          parameter.gradient + offset,
          count,
          clip,
          beta1,
          beta2,
          step,
          correction,
          epsilon,
          factor,
        );
      if (parameter.rows) this.#stepRows(parameter, parameter.rows, update);
      else update(parameter.weight, 0, parameter.size);
      if (parameter.mask !== undefined)
        this.#arena.kernels.multiply(parameter.weight, parameter.mask, parameter.size);
    }
    this.#decayed *= keep;
  }

  #stepRows(
    parameter: Parameter,
    rows: Rows,
    update: (p: number, offset: number, count: number) => void,
  ): void {
    const bytes = rows.width * 4;
    for (const [row, slot] of rows.slots) {
      update(parameter.weight + row * bytes, slot * bytes, rows.width);
      if (rows.current.has(row)) this.#arena.view(parameter.gradient + slot * bytes, rows.width).fill(0);
    }
    rows.current.clear();
  }

  /** Sets (0 or 1 per element) what of a weight stays; applied now and after every step. */
  setMask(name: string, mask: Float32Array): void {
    const parameter = this.#of(name);
    parameter.mask ??= this.#arena.allocate(parameter.size);
    this.#arena.view(parameter.mask, parameter.size).set(mask);
    this.#arena.kernels.multiply(parameter.weight, parameter.mask, parameter.size);
  }

  /** The state between two steps. */
  state(): ParametersState {
    const tensors = new Map<string, Tensor>();
    const rows: Record<string, readonly number[]> = {};
    for (const parameter of this.#all.values()) {
      const { name, size } = parameter;
      const moments = parameter.rows ? parameter.rows.slots.size * parameter.rows.width : size;
      const keep = (what: string, at: number | undefined, count: number): void => {
        if (at !== undefined)
          tensors.set(`${what} ${name}`, Tensor.floats([count], this.#arena.view(at, count)));
      };
      keep("weight", parameter.weight, size);
      keep("mean", parameter.mean, moments);
      keep("variance", parameter.variance, moments);
      keep("mask", parameter.mask, size);
      if (parameter.rows) rows[name] = [...parameter.rows.slots.keys()];
    }
    return { tensors, steps: this.#steps, decayed: this.#decayed, rows };
  }

  /** Takes up a state of parameters of the same names and shapes; the next step gives the same bits as it would have there. */
  restore({ tensors, steps, decayed, rows }: ParametersState): void {
    this.#steps = steps;
    this.#decayed = decayed;
    for (const parameter of this.#all.values()) {
      const { name } = parameter;
      const own = parameter.rows;
      const touched = rows[name] ?? [];
      if (own && touched.length > 0) {
        this.#grow(parameter, own, touched.length);
        for (const [slot, row] of touched.entries()) own.slots.set(row, slot);
      }
      if (tensors.has(`mask ${name}`)) parameter.mask ??= this.#arena.allocate(parameter.size);
      const take = (what: string, at: number | undefined): void => {
        const floats = tensors.get(`${what} ${name}`)?.floats;
        if (floats && at !== undefined) this.#arena.view(at, floats.length).set(floats);
      };
      take("weight", parameter.weight);
      take("mean", parameter.mean);
      take("variance", parameter.variance);
      take("mask", parameter.mask);
    }
  }

  /** Copies of all weights as they stand, with untouched rows decayed as a dense optimiser would have. */
  snapshot(): Map<string, Tensor> {
    const out = new Map<string, Tensor>();
    for (const { name, shape, weight, size, rows, decays } of this.#all.values()) {
      const data = this.#arena.view(weight, size).slice();
      if (rows && decays && this.#decayed !== 1) {
        for (let row = 0; row < (shape[0] ?? 0); row++) {
          if (rows.slots.has(row)) continue;
          for (let i = row * rows.width; i < (row + 1) * rows.width; i++)
            data[i] = (data[i] ?? 0) * this.#decayed;
        }
      }
      out.set(name, Tensor.floats(shape, data));
    }
    return out;
  }
}
