// The oracle can tell right from wrong: a wrong sign or scale of any input's gradient is caught.
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { isFloat } from "../../src/tensor/index.ts";
import { allOps, callsOf, isDrawn, type OpCall, UNDER_TEST } from "./calls.ts";
import { firstOrder } from "./gradient-check.ts";

type Grad = NonNullable<OpCall["def"]["grad"]>;

/** The rule with one input's gradient multiplied; the nodes that only make the loss keep theirs. */
const mutated =
  (grad: Grad, input: number, factor: number): Grad =>
  (b, node, ...rest) =>
    grad(b, node, ...rest).map((value, i) =>
      value && i === input && node.name === UNDER_TEST ? b.scale(value, factor) : value,
    );

/** True when some example of the op shows the mutation. */
async function caught(calls: readonly OpCall[], grad: Grad, input: number, factor: number): Promise<boolean> {
  const [first] = calls;
  if (!first) return false;
  Object.assign(first.def, { grad: mutated(grad, input, factor) });
  try {
    for (const call of calls) {
      const drawn = call.inputs[input];
      if (!isDrawn(drawn) || !isFloat(drawn.dtype)) continue;
      const error = await firstOrder(call).catch((cause: unknown) => {
        if (cause instanceof AppError) return 0;
        throw cause;
      });
      if ((error ?? 0) > 1e-3) return true;
    }
    return false;
  } finally {
    Object.assign(first.def, { grad });
  }
}

const cases = allOps.flatMap((def) => {
  const calls = callsOf(def, 0);
  const count = Math.max(...calls.map(({ inputs }) => inputs.length));
  const inputs = [...Array(count).keys()].filter((i) =>
    calls.some((call) => isDrawn(call.inputs[i]) && call.inputs[i]?.dtype === "f32"),
  );
  return def.grad ? inputs.map((input) => ({ type: def.type, input, calls, grad: def.grad })) : [];
});

describe("a mutated rule is caught", () => {
  test("there are rules", () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  test.each(cases)("$type, input $input", async ({ calls, grad, input }) => {
    if (!grad) throw new Error("no rule");
    expect(await caught(calls, grad, input, 1), "unchanged").toBe(false);
    expect(await caught(calls, grad, input, -1), "sign").toBe(true);
    expect(await caught(calls, grad, input, 1.05), "scale").toBe(true);
  });
});
