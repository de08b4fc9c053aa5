// A refusal is a value: what was not compressed, and why. It goes into the report.

export interface Refusal {
  /** Weight, layer or method that was left as it is. */
  readonly target: string;
  readonly why: string;
}

export interface Change {
  /** Weight, layer or graph that was changed. */
  readonly target: string;
  readonly what: string;
  /** Indices of its units that stay, where units were cut. */
  readonly kept?: readonly number[];
}
