// Encoders as transformers saves them, folder by folder, against the outputs that it computed (needs ../shared/data).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadCheckpoint } from "../../src/families/index.ts";
import { openCheckpoint } from "../../src/hub/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { largestDifference, readReference } from "./reference.ts";

const root = "../shared/data/hf_tiny";
const encoders = [
  "bert",
  "bert-token",
  "bert-embedding",
  "distilbert",
  "roberta",
  "electra",
  "albert",
  "modernbert",
  "deberta-v2",
];

test.each(encoders)("%s", async (name) => {
  const folder = join(root, name);
  if (!existsSync(folder)) return;
  const bundle = loadCheckpoint(await openCheckpoint(folder), opTable);
  expect(bundle.warnings).toEqual([]);
  const reference = readReference(JSON.parse(readFileSync(join(folder, "reference.json"), "utf8")));
  expect(await largestDifference(bundle.model.graph, reference)).toBeLessThan(1e-4);
});
