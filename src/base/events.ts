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

/** Tells that work begins and, unless it fails, how long it took, with what `more` says of what came out. */
export async function told<T>(
  emit: Emit,
  id: string,
  work: () => Promise<T>,
  more: (result: T) => { readonly summary?: string; readonly cached?: boolean } = () => ({}),
): Promise<T> {
  const begin = performance.now();
  emit({ kind: "start", id, title: id });
  const result = await work();
  emit({ kind: "done", id, seconds: (performance.now() - begin) / 1000, ...more(result) });
  return result;
}
