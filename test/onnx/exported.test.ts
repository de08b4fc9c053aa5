// Graphs that PyTorch exported: each is read and written without a change, or its unknown ops are named.
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { print } from "../../src/ir/index.ts";
import { inspectProto, readModel, writeModel } from "../../src/onnx/index.ts";
import { opTable } from "../../src/ops/index.ts";

const folder = "../shared/data/hf_tiny";
const families = existsSync(folder) ? readdirSync(folder) : [];
const file = (family: string): string => join(folder, family, "onnx/model.onnx");

describe.skipIf(families.length === 0)("hf_tiny (needs ../shared/data)", () => {
  test("bert is read, and what is written is the same graph", async () => {
    const model = await readModel(file("bert"), opTable);
    expect(model.graph.inputs.map(({ name, type }) => `${name} ${type.shape}`)).toEqual([
      "input_ids batch_size,sequence_length",
      "attention_mask batch_size,sequence_length",
      "token_type_ids batch_size,sequence_length",
    ]);
    const path = join(mkdtempSync(join(tmpdir(), "minnow-onnx-")), "model.onnx");
    await writeModel(model, path, opTable);
    const back = await readModel(path, opTable);
    expect(print(back.graph)).toBe(print(model.graph));
    const bytes = ({ graph }: typeof model): Buffer =>
      Buffer.concat([...graph.weights.values()].map((one) => one.bytes));
    expect(bytes(back).equals(bytes(model))).toBe(true);
  });

  test.each(families)("%s is read, or says which ops are not known", async (family) => {
    const { ops } = await inspectProto(file(family));
    const unknown = [...ops.keys()].filter((op) => op !== "Constant" && !opTable.schema(op));
    const reading = readModel(file(family), opTable);
    if (unknown.length === 0) expect((await reading).graph.nodes.length).toBeGreaterThan(10);
    else await expect(reading).rejects.toThrow(/not known/);
  });
});
