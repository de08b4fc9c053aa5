// The probe: a known product, timed on one thread and on all, which takes longer when others have the processor.
import type { Engine, Session } from "../engine/index.ts";
import { Builder } from "../ir/index.ts";
import { opTable } from "../ops/index.ts";
import { Tensor } from "../tensor/index.ts";

/** Milliseconds of the product. */
export interface Probed {
  readonly oneThread: number;
  readonly allThreads: number;
}

/** A probe that was opened; its owner disposes it. */
export interface Probe {
  run(): Promise<Probed>;
  dispose(): Promise<void>;
}

/** Columns of both matrices: a quarter of a megabyte each, which stays in a core's cache. */
const WIDTH = 256;
/** Rows are doubled until the product takes so long on one thread. */
const ENOUGH_MS = 2;
const MOST_ROWS = 8192;

/** A probe on the engine that the models are timed on, with as many threads. */
export async function openProbe(engine: Engine, threads: number): Promise<Probe> {
  const b = new Builder(opTable);
  const left = b.input("left", "f32", ["rows", WIDTH]);
  const graph = b.finish({ product: b.matmul(left, b.constant(filled(WIDTH))) });
  const one = await engine.compile(graph, { threads: 1 });
  const all = await engine.compile(graph, { threads });
  const product = await enoughRows(one);
  await timed(all, product);
  return {
    async run() {
      return { oneThread: await timed(one, product), allThreads: await timed(all, product) };
    },
    async dispose() {
      await one.dispose();
      await all.dispose();
    },
  };
}

/** The left matrix, and the result that each run writes into. */
interface Product {
  readonly left: Tensor;
  readonly result: Tensor;
}

const productOf = (rows: number): Product => ({ left: filled(rows), result: filled(rows) });
const filled = (rows: number): Tensor =>
  Tensor.of(
    "f32",
    [rows, WIDTH],
    Float32Array.from({ length: rows * WIDTH }, (_, i) => (i % 17) / 17),
  );

async function enoughRows(session: Session): Promise<Product> {
  for (let rows = WIDTH; ; rows *= 2) {
    const product = productOf(rows);
    await timed(session, product);
    const taken = Math.min(await timed(session, product), await timed(session, product));
    if (taken >= ENOUGH_MS || rows >= MOST_ROWS) return product;
  }
}

async function timed(session: Session, { left, result }: Product): Promise<number> {
  const start = performance.now();
  await session.run({ left }, { product: result });
  return performance.now() - start;
}
