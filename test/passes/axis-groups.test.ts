// Axis groups of a tiny BERT: heads and feed-forward neurons can be cut, the residual stream cannot.
import { expect, test } from "vitest";
import { axisGroups } from "../../src/passes/index.ts";
import { tinyGraph } from "../families/tiny.ts";

const free = axisGroups(tinyGraph()).filter(({ fixed }) => fixed === undefined);

test("each layer has one group of heads and one of neurons", () => {
  const shape = free
    .filter(({ members }) => members.some(({ contracted }) => contracted))
    .map(({ units, members }) => [
      units,
      Math.max(...members.map(({ block }) => block)),
      members.map(({ weight }) => weight.replace(/.*layer\./, "")),
    ]);
  expect(shape.length).toBeGreaterThan(0);
  expect(shape).toMatchSnapshot();
});

test("the hidden width is fixed, and says why", () => {
  const residual = axisGroups(tinyGraph()).find(({ members }) =>
    members.some(({ weight }) => weight.includes("LayerNorm")),
  );
  expect(residual?.fixed).toContain("LayerNormalization");
});

test("cutting a unit from every member is the same as zeroing it", async () => {
  const { rebuild, namedWeights } = await import("../../src/ir/index.ts");
  const { opTable } = await import("../../src/ops/index.ts");
  const { openEngine } = await import("../../src/engine/index.ts");
  const { take, Tensor } = await import("../../src/tensor/index.ts");
  const graph = tinyGraph();
  const engine = await openEngine();
  const ids = {
    input_ids: Tensor.from("i64", [2, 5], [2, 5, 6, 7, 3, 2, 8, 3, 0, 0]),
    token_type_ids: Tensor.from("i64", [2, 5], Array(10).fill(0)),
  };
  const feeds = { ...ids, attention_mask: Tensor.from("i64", [2, 5], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]) };
  const run = async (one: typeof graph) => {
    const session = await engine.compile(one, { threads: 1 });
    const { logits } = await session.run(feeds);
    await session.dispose();
    return [...(logits?.floats ?? [])];
  };
  for (const group of free.filter(({ members }) => members.some(({ contracted }) => contracted))) {
    const keep = Array.from({ length: group.units }, (_, i) => i).filter((unit) => unit !== 1);
    const members = new Map(group.members.map((member) => [member.weight, member]));
    const cut = rebuild(graph, opTable, {
      weight({ name }, tensor) {
        const member = members.get(name ?? "");
        const indices = keep.flatMap((unit) =>
          Array.from({ length: member?.block ?? 1 }, (_, i) => unit * (member?.block ?? 1) + i),
        );
        return member && take(tensor, member.axis, indices);
      },
    });
    const zeroed = rebuild(graph, opTable, {
      weight({ name }, tensor) {
        const member = members.get(name ?? "");
        if (!member?.contracted) return undefined;
        const inner = tensor.shape.slice(member.axis + 1).reduce((product, dim) => product * dim, 1);
        const length = tensor.shape[member.axis] ?? 1;
        return Tensor.floats(
          tensor.shape,
          tensor.floats.map((value, i) =>
            Math.floor((Math.floor(i / inner) % length) / member.block) === 1 ? 0 : value,
          ),
        );
      },
    });
    expect(namedWeights(cut).size).toBe(namedWeights(graph).size);
    const [a, b] = [await run(cut), await run(zeroed)];
    a.forEach((value, i) => {
      expect(Math.abs(value - (b[i] ?? Number.NaN))).toBeLessThan(1e-5);
    });
  }
});
