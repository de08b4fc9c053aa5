// Losses and their gradients by the logits against PyTorch.
import { describe, test } from "vitest";
import { crossEntropy, distillation } from "../../src/train/index.ts";
import { agrees, cases, evaluate } from "./losses.ts";

describe.each(cases)("reference case %#", (one) => {
  test("cross entropy", async () => agrees(await evaluate(one, crossEntropy), one.cross_entropy));
  test("T^2 KL(teacher || student)", async () =>
    agrees(await evaluate(one, distillation({ temperature: one.temperature, alpha: 1 })), one.kl));
  test("both, weighted by alpha", async () =>
    agrees(
      await evaluate(one, distillation({ temperature: one.temperature, alpha: one.alpha })),
      one.distillation,
    ));
});
