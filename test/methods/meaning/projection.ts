// What the projection means: no other one to that width loses less (Eckart & Young 1936).
import { expect } from "vitest";
import { type Rng, rng } from "../../../src/base/index.ts";
import { openEngine } from "../../../src/engine/index.ts";
import { Tensor } from "../../../src/tensor/index.ts";

type Projection = typeof import("../../../src/methods/distill/projection.ts");
type Vectors = readonly (readonly number[])[];

const [ROWS, WIDE, WIDTH] = [60, 12, 4];

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

/** A table whose strong directions are no axes, and of different strengths. */
function tableOf(random: Rng): Vectors {
  const basis = orthonormal(random, WIDE);
  return Array.from({ length: ROWS }, () =>
    basis.reduce<readonly number[]>(
      (row, direction, k) => {
        const amount = random.normal() * 0.8 ** k;
        return row.map((value, i) => value + amount * (direction[i] ?? 0));
      },
      Array.from({ length: WIDE }, () => 0),
    ),
  );
}

/** Random orthonormal directions. */
const orthonormal = (random: Rng, count: number): Vectors =>
  gramSchmidt(Array.from({ length: count }, () => Array.from({ length: WIDE }, () => random.normal())));

/** Squares that are left of the rows beside their projections: |x|^2 - |P x|^2. */
const residual = (rows: Vectors, projected: Vectors): number =>
  rows.reduce((sum, row, i) => sum + dot(row, row) - dot(projected[i] ?? [], projected[i] ?? []), 0);

/** The residual is below that of 100 random projections, and of each single direction turned. */
export async function noOtherLosesLess(module: Projection): Promise<void> {
  const random = rng(11, "projection");
  const rows = tableOf(random);
  const table = Tensor.floats([ROWS, WIDE], rows.flat());
  const directions = await module.principalDirections(table, WIDTH, await openEngine());
  const rowsOf = ({ shape, floats }: Tensor): Vectors => {
    expect(shape[1]).toBe(WIDTH);
    return Array.from({ length: shape[0] ?? 0 }, (_, i) => [...floats.slice(i * WIDTH, (i + 1) * WIDTH)]);
  };
  const identity = Tensor.floats(
    [WIDE, WIDE],
    Array.from({ length: WIDE ** 2 }, (_, i) => Number(i % (WIDE + 1) === 0)),
  );
  const columns = rowsOf(await directions.project(identity));
  const basis = Array.from({ length: WIDTH }, (_, k) => columns.map((row) => row[k] ?? 0));
  basis.forEach((a, i) => {
    basis.forEach((b, j) => {
      expect(dot(a, b)).toBeCloseTo(Number(i === j), 5);
    });
  });
  const own = residual(rows, rowsOf(await directions.project(table)));
  const onto = (others: Vectors): number =>
    residual(
      rows,
      rows.map((row) => others.map((direction) => dot(row, direction))),
    );
  for (let i = 0; i < 100; i++) expect(own).toBeLessThan(onto(orthonormal(random, WIDTH)));
  // near ones too: each direction leaned a little towards something else
  for (let i = 0; i < 100; i++) {
    const [lean] = orthonormal(random, 1);
    const leaned = basis.map((direction, k) =>
      k === i % WIDTH ? direction.map((value, j) => value + 0.1 * (lean?.[j] ?? 0)) : direction,
    );
    expect(own).toBeLessThanOrEqual(onto(gramSchmidt(leaned)) + 1e-3);
  }
}

function gramSchmidt(vectors: Vectors): Vectors {
  const made: (readonly number[])[] = [];
  for (const vector of vectors) {
    let one = vector;
    for (const other of made) {
      const along = dot(one, other);
      one = one.map((value, i) => value - along * (other[i] ?? 0));
    }
    const size = Math.sqrt(dot(one, one));
    made.push(one.map((value) => value / size));
  }
  return made;
}
