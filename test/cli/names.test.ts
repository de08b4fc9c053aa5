// A recipe's key and its flag: one from the other and back, for every key that there is.
import { expect, it } from "vitest";
import { flagName, keyName } from "../../src/cli/names.ts";
import { recipeSchemaDocs } from "../../src/recipe/index.ts";

it("is learning-rate for learningRate, also inside another", () => {
  expect(flagName("finetune.learningRate")).toBe("finetune.learning-rate");
  expect(keyName("finetune.learning-rate")).toBe("finetune.learningRate");
});

it.each(recipeSchemaDocs().flatMap(({ keys }) => keys.map(({ key }) => key)))("%s", (key) => {
  expect(flagName(key)).toMatch(/^[a-z0-9.[\]-]+$/);
  expect(keyName(flagName(key))).toBe(key);
});
