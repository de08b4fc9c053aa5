// A plan: what a recipe, or one command, asks for, with every path absolute and every parameter checked.
import type { Method } from "../methods/index.ts";
import type { Price } from "../record/index.ts";
import type { Task } from "../tasks/index.ts";

export interface PlannedStep {
  readonly method: Method;
  readonly bound: ReturnType<Method["bind"]>;
  /** Where the step stands, for messages: "steps[1].prune". */
  readonly path: string;
}

export interface Plan {
  /** Name of the result, for titles. */
  readonly name: string;
  readonly recipe: { readonly path: string; readonly text: string };
  readonly model: string;
  /** The file of the model's folder that is meant, where it is not the one that the rule takes. */
  readonly file?: string | undefined;
  /** Default: `model`. */
  readonly teacher?: string;
  readonly task?: {
    readonly task: Task;
    readonly train?: string;
    readonly test?: string;
    readonly params: unknown;
  };
  readonly seed: number;
  readonly steps: readonly PlannedStep[];
  /** Folder that data paths are relative to. */
  readonly folder: string;
  readonly output: string;
  /** Whether the float model's ONNX file is left out where no step writes it. */
  readonly only?: boolean;
  readonly measure: {
    readonly batch: number;
    readonly items: number | undefined;
    readonly budgetSeconds: number;
    /** Test items that each part of a step is tried on alone; 0: none. */
    readonly sensitivity: number;
    /** Test items whose variants are asked; 0: none. */
    readonly robustness: number;
    readonly price: Price | undefined;
  };
}
