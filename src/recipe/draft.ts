// draftRecipe: the text of a new recipe, with a comment for whatever its reader may want to change.
import { stringify } from "yaml";
import type { PresetStep } from "./presets.ts";

export interface Draft {
  /** Lines of the comment at the top. */
  readonly about: readonly string[];
  readonly teacher: string;
  /** Keys of `task` in their order; those without a value are left out. */
  readonly task: Readonly<Record<string, string | undefined>>;
  readonly steps: readonly PresetStep[];
  readonly output: string;
}

/** The recipe as YAML; paths are written as they are given. */
export const draftRecipe = ({ about, teacher, task, steps, output }: Draft): string =>
  [
    ...about.map((line) => `# ${line}`),
    `teacher: ${inline(teacher)}`,
    "task:",
    ...Object.entries(task).flatMap(([key, value]) =>
      value === undefined ? [] : [`  ${key}: ${inline(value)}`],
    ),
    "seed: 7",
    "steps:",
    ...steps.flatMap(({ note, step }) => [
      `  # ${note}`,
      ...Object.entries(step).map(([verb, params]) => `  - ${verb}: ${inline(params)}`),
    ]),
    `output: ${inline(output)}`,
    "# What the result must satisfy, or the run ends with exit code 1; docs/gate.md has the language.",
    "# require:",
    "#   - accuracy >= teacher - 1pt",
    "",
  ].join("\n");

/** A value on one line, quoted where YAML would read it as something else; JSON's texts are YAML's too. */
const inline = (value: unknown): string =>
  typeof value === "string" && /\p{Cc}/u.test(value)
    ? JSON.stringify(value)
    : stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
