// Tiny encoders of every family with every head, and with settings that are no defaults, against transformers' outputs.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  checkpointTensors,
  families,
  familyOf,
  headFor,
  heads,
  loadCheckpoint,
} from "../../src/families/index.ts";
import type { Checkpoint } from "../../src/hub/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { largestDifference, readReference } from "./reference.ts";

const folder = "fixtures/encoders";
const known = new Set<unknown>(families.flatMap(({ modelTypes }) => modelTypes));
const cases = readdirSync(folder)
  .map((name) => ({ name, ...JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) }))
  .filter(({ config }) => known.has(config.model_type));

interface Weight {
  readonly shape: readonly number[];
  readonly f16: string;
}

const checkpointOf = (
  config: Checkpoint["config"],
  weights: Readonly<Record<string, Weight>>,
): Checkpoint => ({
  path: "folder",
  config,
  tensors: new Map(
    Object.entries(weights).map(([name, { shape, f16 }]) => [
      name,
      new Tensor("f16", shape, Uint8Array.from(Buffer.from(f16, "base64"))),
    ]),
  ),
  labels: [],
  tokenizer: undefined,
});

describe.each(cases)("$name", ({ config, weights, inputs, outputs }) => {
  const checkpoint = checkpointOf(config, weights);
  const load = () => loadCheckpoint(checkpoint, opTable);

  test("gives the library's outputs", async () => {
    const bundle = load();
    expect(bundle.warnings?.filter((words) => words.includes("does not use"))).toEqual([]);
    expect(await largestDifference(bundle.model.graph, readReference({ inputs, outputs }))).toBeLessThan(
      1e-4,
    );
  });

  test("is written as it was read", () => {
    const written = checkpointTensors(load());
    // what is there under two names is written under one
    const read = [...checkpoint.tensors].filter(
      ([name]) => written.has(name) || !/pooler|decoder\.(bias|weight)/.test(name),
    );
    expect(new Set(written.keys())).toEqual(new Set(read.map(([name]) => name)));
    for (const [name, tensor] of read) {
      expect(written.get(name)?.shape, name).toEqual(tensor.shape);
      expect(written.get(name)?.floats, name).toEqual(tensor.floats);
    }
  });
});

test("there is a reference of every family with every head that it has", () => {
  const found = cases.map(({ config }) => {
    const family = familyOf(config);
    return `${family.name} ${headFor(family, config).name}`;
  });
  const wanted = families.flatMap((family) =>
    heads.flatMap(({ name }) =>
      name === "embeddings" || family.heads[name] ? [`${family.name} ${name}`] : [],
    ),
  );
  expect(new Set(found)).toEqual(new Set(wanted));
});
