// docs/ops.md says what the registry holds; `npx vitest run test/ops/docs.test.ts --update` writes it.
import { expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import type { OpDef } from "../../src/ops/index.ts";
import { allOps, doubled, examplesOf, isDouble } from "../conformance/calls.ts";
import { firstOrder } from "../conformance/gradient-check.ts";

function gradientOf(def: OpDef): string {
  if (def.grad) return "rule";
  if (def.decompose) return "decomposition";
  return def.constant ? "none flows" : "refused";
}

/** Whether the gradient of an example can be compared in float64: the engine may lack a kernel. */
async function inDouble(def: OpDef): Promise<boolean> {
  if (!def.grad && !def.decompose) return false;
  for (const call of examplesOf(def)) {
    try {
      const double = doubled(call);
      if (isDouble(double) && (await firstOrder(double)) !== undefined) return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  return false;
}

const header = `# Ops

Made from the registry in \`src/ops\`; do not edit. Each op is one object: adding one is one export (\`docs/adding.md\`).

- **since**: the first opset whose definition minnow follows; older files are turned into it.
- **inputs**: \`B?\` may be absent, \`...Xs\` is one or more.
- **gradient**: by a *rule*, through a *decomposition* into simpler ops, *none flows* by nature, or a path through the op
  is *refused* by name.
- **axes**: the op says which axes of its inputs and outputs are the same, so that structured pruning can pass it.
- **float64**: the gradient is compared with finite differences in float64 too (relative error below 1e-6); the
  engine has no such kernel for the others, which are compared in float32 (below 1e-3).

| op | since | inputs | gradient | axes | float64 |
|---|---|---|---|---|---|
`;

test("docs/ops.md is up to date", async () => {
  const rows: string[] = [];
  for (const def of [...allOps].sort((a, b) => (a.type < b.type ? -1 : 1))) {
    const double = (await inDouble(def)) ? "yes" : "";
    const inputs = def.inputs.map((name) => `\`${name}\``).join(" ");
    const axes = def.axes ? "yes" : "";
    rows.push(`| ${def.type} | ${def.since} | ${inputs} | ${gradientOf(def)} | ${axes} | ${double} |`);
  }
  await expect(`${header}${rows.join("\n")}\n`).toMatchFileSnapshot("../../docs/ops.md");
});
