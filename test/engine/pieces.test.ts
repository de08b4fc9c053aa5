// Running in pieces: the same bits as in one piece, however small the pieces are, and for lookups that the engine does not see.
import { expect, test } from "vitest";
import { openEngine, runInPieces } from "../../src/engine/index.ts";
import { probes } from "../../src/pipeline/probe.ts";
import { tinyModel } from "../methods/world.ts";

test.each([1 << 30, 1 << 12, 256, 0])(
  "in pieces of %s bytes a model answers with the same bits",
  async (pieceBytes) => {
    const engine = await openEngine();
    const model = tinyModel();
    const { graph } = model.model;
    const feeds = probes(model);
    const session = await engine.compile(graph, { threads: 1, optimize: "none" });
    const [logits] = graph.outputs;
    if (!logits) throw new Error("no output");
    const found = await runInPieces(engine, graph, [logits.value], feeds, { threads: 1, pieceBytes });
    for (const [i, feed] of feeds.entries()) {
      const whole = await session.run(feed);
      expect(found[i]?.[0]?.shape).toEqual(whole[logits.name]?.shape);
      expect(found[i]?.[0]?.numbers()).toEqual(whole[logits.name]?.numbers());
    }
    await session.dispose();
  },
);

test("the engine never holds more weights than a piece has", async () => {
  const engine = await openEngine();
  const model = tinyModel();
  const { graph } = model.model;
  const held: number[] = [];
  const watched = {
    ...engine,
    compile: (part: typeof graph, options: object) => {
      held.push([...part.weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0));
      return engine.compile(part, options);
    },
  };
  const wanted = graph.outputs.map(({ value }) => value);
  const pieceBytes = 9000;
  await runInPieces(watched, graph, wanted, probes(model), { threads: 1, pieceBytes });
  expect(held.length).toBeGreaterThan(2);
  expect(Math.max(...held)).toBeLessThanOrEqual(pieceBytes);
});
