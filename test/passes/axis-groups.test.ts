// Axis groups of a tiny BERT: heads and feed-forward neurons can be cut, the residual stream cannot.
import { expect, test } from "vitest";
import { axisGroups } from "../../src/passes/index.ts";
import { tinyGraph } from "../families/tiny.ts";

const groups = axisGroups(tinyGraph());

test("each layer has one group of heads and one of neurons", () => {
  const shape = groups
    .filter(({ fixed }) => fixed === undefined)
    .map(({ units, attention = "none", members }) => [
      `${units} units, attention: ${attention}`,
      members.map(({ weight, axis }) => `${weight.name?.replace(/.*layer\./, "")} ${axis}`),
    ]);
  expect(shape.length).toBeGreaterThan(0);
  expect(shape).toMatchSnapshot();
});

test("the hidden width is fixed, and says why", () => {
  const residual = groups.find(({ members }) =>
    members.some(({ weight }) => weight.name?.endsWith("output.dense.bias")),
  );
  expect(residual?.fixed).toContain("LayerNormalization");
});

test("a unit of heads is so many consecutive indices", () => {
  const heads = groups.find(({ attention }) => attention === "apart");
  for (const { units } of heads?.members ?? [])
    expect([...units]).toEqual([...units.keys()].map((i) => Math.floor(i / (units.length / 4))));
});
