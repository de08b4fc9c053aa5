// The registry: names, refusals, and what an op says of itself.
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { NEWEST } from "../../src/onnx/opsets.ts";
import { opDef, ops, opTable } from "../../src/ops/index.ts";

describe("the registry", () => {
  test("refuses an unknown op by name", () => {
    expect(() => opDef("Softmaxx")).toThrow(AppError);
    expect(() => opDef("Softmaxx")).toThrow("the op Softmaxx is not known");
    expect(opTable.schema("Softmaxx")).toBeUndefined();
  });

  test.each([...ops.values()].map((def) => [def.type, def] as const))("%s is whole", (type, def) => {
    expect(ops.get(type)).toBe(def);
    expect(def.examples.length).toBeGreaterThan(0);
    expect(Number.isInteger(def.since) && def.since >= 1 && def.since <= NEWEST).toBe(true);
    // A path either has a rule, or stops by nature; to have both would hide one of them.
    expect(def.constant && (def.grad ?? def.decompose) !== undefined).toBe(false);
    const inputs = def.inputs.map((name) => name.replace(/^\.\.\.|\?$/g, ""));
    for (const input of Object.values(def.moved)) expect(inputs).toContain(input);
    expect(def.saved).toBeLessThanOrEqual(def.outputs.length);
  });
});
