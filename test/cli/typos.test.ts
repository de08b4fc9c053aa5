// suggestion(): one slip in any command, flag or recipe key, among all words of its place, is met with the word that was meant.
import { expect, test } from "vitest";
import { type Rng, rng, suggestion } from "../../src/base/index.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { globalFlags } from "../../src/cli/globals.ts";
import { methods } from "../../src/methods/index.ts";
import { recipeSchemaDocs, verbsOf } from "../../src/recipe/index.ts";

/** Words that stand in one place, so that a slip in one of them is looked up among all of them. */
interface Place {
  readonly title: string;
  readonly known: readonly string[];
}

const flagPlaces = async (): Promise<readonly Place[]> =>
  Promise.all(
    commands.map(async ({ name, flags, more }) => ({
      title: `minnow ${name}`,
      known: Object.keys({ ...flags, ...(await more?.()), ...globalFlags }),
    })),
  );

/** Each mapping that can be written: those of the recipe, a task with what every task has, a step with its kind. */
function keyPlaces(): readonly Place[] {
  const sections = recipeSchemaDocs().map(({ title, keys }) => ({ title, keys: keys.map(({ key }) => key) }));
  const ofTasks = sections.flatMap(({ title, keys }) => (title === "recipe" ? keys : []));
  const more = (title: string): readonly string[] => {
    if (title.startsWith("task: ")) return ofTasks.flatMap((key) => /^task\.(\w+)$/.exec(key)?.[1] ?? []);
    return title.includes("kind: ") ? ["kind"] : [];
  };
  const verbs = { title: "steps", known: verbsOf(methods) };
  return [
    verbs,
    ...sections.flatMap(({ title, keys }) => {
      const mappings = mappingsOf([...keys, ...more(title)]);
      return [...mappings].map(([mapping, known]) => ({ title: `${title} ${mapping}`, known: [...known] }));
    }),
  ];
}

/** Names in each mapping of dotted keys, by the key of the mapping. */
function mappingsOf(keys: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const mappings = new Map<string, Set<string>>();
  for (const key of keys) {
    const parts = key.split(".");
    parts.forEach((part, i) => {
      const mapping = parts.slice(0, i).join(".");
      mappings.set(mapping, (mappings.get(mapping) ?? new Set()).add(part));
    });
  }
  return mappings;
}

const letters = "abcdefghijklmnopqrstuvwxyz";

/** A letter that is not `not`, by chance. */
function letter(random: Rng, not = ""): string {
  const others = letters.replace(not.toLowerCase(), "");
  return others.charAt(random.below(others.length));
}

/** A deletion, a swap of neighbours, a substitution and an insertion at each place of the word. */
function slipsOf(word: string, random: Rng): readonly string[] {
  const places = [...word].map((_, i) => i);
  const cut = (i: number, more: string, j: number): string => word.slice(0, i) + more + word.slice(j);
  return [
    ...places.map((i) => cut(i, "", i + 1)),
    ...places.slice(1).map((i) => cut(i - 1, word.charAt(i) + word.charAt(i - 1), i + 1)),
    ...places.map((i) => cut(i, letter(random, word.charAt(i)), i + 1)),
    ...[...places, word.length].map((i) => cut(i, letter(random), i)),
  ];
}

interface Count {
  readonly what: string;
  readonly slips: number;
  readonly wrong: readonly string[];
}

/** Slips in each word of the places, and those that were not met with the word. */
function countsOf(places: readonly Place[]): readonly Count[] {
  const random = rng(20, "typos");
  return places.flatMap(({ title, known }) =>
    known.map((word) => {
      const slips = slipsOf(word, random).filter((slip) => !known.includes(slip));
      const wrong = slips
        .map((slip) => [slip, suggestion(slip, known)] as const)
        .filter(([, hint]) => hint !== `did you mean ${JSON.stringify(word)}?`);
      return {
        what: `${title}: ${word}`,
        slips: slips.length,
        wrong: wrong.map(([slip, hint]) => `${slip}: ${hint}`),
      };
    }),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

test.each([
  ["commands", () => [{ title: "minnow", known: commands.map(({ name }) => name) }], 300],
  ["flags", flagPlaces, 5000],
  ["keys of recipes", keyPlaces, 1000],
] as const)("%s", async (_title, placesOf, atLeast) => {
  const counts = countsOf(await placesOf());
  const slips = sum(counts.map((count) => count.slips));
  const right = slips - sum(counts.map(({ wrong }) => wrong.length));
  const worst = counts
    .filter(({ wrong }) => wrong.length > 0)
    .sort((a, b) => b.wrong.length / b.slips - a.wrong.length / a.slips)
    .slice(0, 12)
    .map(({ what, wrong }) => `${what} (${wrong.join(", ")})`);
  expect(slips).toBeGreaterThan(atLeast);
  expect(right / slips, `${right} of ${slips}; the worst:\n${worst.join("\n")}`).toBeGreaterThanOrEqual(0.99);
});
