// The event stream of a run: renderers (bars, lines, NDJSON) read it, nothing else prints progress.

export type RunEvent =
  | {
      readonly kind: "start";
      readonly id: string;
      readonly title: string;
      readonly total?: number;
      readonly unit?: string;
    }
  | {
      readonly kind: "progress";
      readonly id: string;
      readonly done: number;
      readonly total: number;
      /** Unit of `done`, for the rate: "steps", "items". */
      readonly unit: string;
      readonly loss?: number;
    }
  | {
      readonly kind: "done";
      readonly id: string;
      readonly seconds: number;
      readonly summary?: string;
      readonly cached?: boolean;
    }
  | { readonly kind: "note"; readonly level: "info" | "warning"; readonly message: string };

export type Emit = (event: RunEvent) => void;
