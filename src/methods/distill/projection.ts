// Principal directions of an embedding table: the projection to a smaller width that loses least (Eckart & Young 1936).
import { must } from "../../base/index.ts";
import type { Engine } from "../../engine/index.ts";
import { Builder, type Value } from "../../ir/index.ts";
import { opTable } from "../../ops/index.ts";
import { Tensor } from "../../tensor/index.ts";

export interface Directions {
  /** table [rows, wide] times the directions: [rows, width]. */
  project(table: Tensor): Promise<Tensor>;
}

/**
 * The first `width` right singular vectors of `table` [rows, wide], as eigenvectors of its Gram matrix.
 * The engine multiplies, ml-matrix decomposes.
 */
export async function principalDirections(table: Tensor, width: number, engine: Engine): Promise<Directions> {
  const wide = table.shape[1] ?? 0;
  const gram = await evaluate(engine, { table }, (b, inputs) =>
    b.op("Gemm", [must(inputs.table, "table"), must(inputs.table, "table")], { transA: 1 }),
  );
  // imported here, so that commands that project nothing do not wait for it
  const { EigenvalueDecomposition, Matrix } = await import("ml-matrix");
  const symmetric = Matrix.from1DArray(wide, wide, Array.from(gram.floats));
  const { eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  // Eigenvalues come in ascending order: the last columns are the strongest directions.
  const basis = new Float32Array(wide * width);
  for (let row = 0; row < wide; row++) {
    for (let column = 0; column < width; column++)
      basis[row * width + column] = eigenvectorMatrix.get(row, wide - 1 - column);
  }
  const directions = Tensor.floats([wide, width], basis);
  return {
    project: (other) =>
      evaluate(engine, { other, directions }, (b, inputs) =>
        b.matmul(must(inputs.other, "other"), must(inputs.directions, "directions")),
      ),
  };
}

async function evaluate(
  engine: Engine,
  feeds: Readonly<Record<string, Tensor>>,
  make: (b: Builder, inputs: Readonly<Record<string, Value>>) => Value,
): Promise<Tensor> {
  const b = new Builder(opTable);
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape }]) => [name, b.input(name, dtype, shape)]),
  );
  const session = await engine.compile(b.finish({ result: make(b, inputs) }));
  const { result } = await session.run(feeds);
  await session.dispose();
  return must(result, "result");
}
