// One slip in any command, flag or recipe key is met with the word that was meant: keys by the recipe's parser itself.
import { expect, test } from "vitest";
import { AppError, type Rng, rng, suggestion } from "../../src/base/index.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { globalFlags } from "../../src/cli/globals.ts";
import { methods } from "../../src/methods/index.ts";
import {
  methodKeys,
  parseRecipe,
  recipeSchemaDocs,
  type SchemaSection,
  verbsOf,
} from "../../src/recipe/index.ts";
import { tasks } from "../../src/tasks/index.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What `npm run evidence` tells of typos: slips in so many words, and how many were met with the word that was meant. */
    typos?: {
      readonly of: string;
      readonly words: number;
      readonly slips: number;
      readonly right: number;
      readonly limit: number;
      readonly worst: readonly string[];
    };
  }
}

/** Every mutation takes minutes; `npm run evidence` tries them, and `npm test` one letter at each place. */
const everySlip = process.env.MINNOW_EVIDENCE === "every";
/** The fraction of slips that has to be met with the word that was meant. */
const LIMIT = 0.998;

/** Words that stand in one place, so that a slip in one of them is looked up among all of them. */
interface Place {
  readonly title: string;
  readonly known: readonly string[];
  /** What is said of a slip in `word`. */
  readonly hintOf: (slip: string, word: string) => string | undefined;
}

const among = (title: string, known: readonly string[]): Place => ({
  title,
  known,
  hintOf: (slip) => suggestion(slip, known),
});

const flagPlaces = async (): Promise<readonly Place[]> =>
  Promise.all(
    commands.map(async ({ name, flags, more }) =>
      among(`minnow ${name}`, Object.keys({ ...flags, ...(await more?.()), ...globalFlags })),
    ),
  );

/** What the parser says of a key that is in no schema, in a recipe that may lack everything else. */
function parsedHint(recipe: unknown, slip: string): string | undefined {
  try {
    parseRecipe(JSON.stringify(recipe), "recipe.yaml");
  } catch (error) {
    const problems = error instanceof AppError ? (error.facts.problems as readonly string[]) : [];
    const told = problems.find((problem) => problem.includes(`${slip}: there is no such key`));
    return told?.split(". Hint: ")[1];
  }
  return undefined;
}

/** The mapping at the dotted path with this content. */
const inside = (path: string, content: object): object =>
  path === "" ? content : path.split(".").reduceRight<object>((inner, key) => ({ [key]: inner }), content);

/** Each mapping that can be written: those of the recipe, a task with what every task has, a step with its kind. */
function keyPlaces(): readonly Place[] {
  const [own, ...sections] = recipeSchemaDocs();
  const keysOf = (section: SchemaSection | undefined): string[] => section?.keys.map(({ key }) => key) ?? [];
  const places = (
    title: string,
    keys: readonly string[],
    recipeOf: (path: string, content: object, word: string) => unknown,
  ): readonly Place[] =>
    [...mappingsOf(keys)].map(([path, known]) => ({
      title: `${title} ${path}`,
      known: [...known],
      hintOf: (slip, word) => parsedHint(recipeOf(path, { [slip]: null }, word), slip),
    }));
  const ofTasks = keysOf(own).flatMap((key) => /^task\.(\w+)$/.exec(key)?.[1] ?? []);
  const verbs: Place = {
    title: "steps",
    known: verbsOf(methods),
    hintOf: (slip) => parsedHint({ steps: [{ [slip]: {} }] }, slip),
  };
  return [
    verbs,
    ...places(
      "recipe",
      keysOf(own).filter((key) => !key.startsWith("task.")),
      inside,
    ),
    ...tasks.flatMap(({ name }) => {
      const keys = keysOf(sections.find(({ title }) => title === `task: ${name}`));
      return places(name, [...ofTasks, ...keys], (path, content, word) => ({
        task: { ...(word === "name" ? {} : { name }), ...inside(path, content) },
      }));
    }),
    ...methods.flatMap((method) => {
      const { verb, kind } = method;
      const keys = [...methodKeys(method).map(({ key }) => key), ...(kind === undefined ? [] : ["kind"])];
      return places(method.name, keys, (path, content, word) => ({
        steps: [
          {
            [verb]: { ...(word === "kind" || kind === undefined ? {} : { kind }), ...inside(path, content) },
          },
        ],
      }));
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

const letters = [..."abcdefghijklmnopqrstuvwxyz"];

/** Letters but for one: all of them where every slip is tried, else one by chance. */
function lettersBut(not: string, random: Rng): readonly string[] {
  const others = letters.filter((letter) => letter !== not.toLowerCase());
  return everySlip ? others : others.slice(random.below(others.length)).slice(0, 1);
}

/** A deletion, a swap of neighbours, substitutions and insertions at each place of the word; each slip once. */
function slipsOf(word: string, random: Rng): readonly string[] {
  const places = [...word].map((_, i) => i);
  const cut = (i: number, more: string, j: number): string => word.slice(0, i) + more + word.slice(j);
  const slips = [
    ...places.map((i) => cut(i, "", i + 1)),
    ...places.slice(1).map((i) => cut(i - 1, word.charAt(i) + word.charAt(i - 1), i + 1)),
    ...places.flatMap((i) => lettersBut(word.charAt(i), random).map((letter) => cut(i, letter, i + 1))),
    ...[...places, word.length].flatMap((i) => lettersBut("", random).map((letter) => cut(i, letter, i))),
  ];
  return [...new Set(slips)];
}

interface Count {
  readonly what: string;
  readonly slips: number;
  readonly wrong: readonly string[];
}

/** Slips in each word of the places, and those that were not met with the word. */
function countsOf(places: readonly Place[]): readonly Count[] {
  const random = rng(20, "typos");
  return places.flatMap(({ title, known, hintOf }) =>
    known.map((word) => {
      const slips = slipsOf(word, random).filter((slip) => !known.includes(slip));
      const wrong = slips
        .map((slip) => [slip, hintOf(slip, word)] as const)
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

const commandPlaces = async (): Promise<readonly Place[]> => [
  among(
    "minnow",
    commands.map(({ name }) => name),
  ),
];

test.for([
  { title: "commands", placesOf: commandPlaces, atLeast: 300 },
  { title: "flags", placesOf: flagPlaces, atLeast: 5000 },
  { title: "keys of recipes", placesOf: async () => keyPlaces(), atLeast: 1000 },
])("$title", { timeout: everySlip ? 900_000 : 20_000 }, async ({ title, placesOf, atLeast }, { task }) => {
  const counts = countsOf(await placesOf());
  const slips = sum(counts.map((count) => count.slips));
  const right = slips - sum(counts.map(({ wrong }) => wrong.length));
  const worst = counts
    .filter(({ wrong }) => wrong.length > 0)
    .sort((a, b) => b.wrong.length / b.slips - a.wrong.length / a.slips)
    .slice(0, 12)
    .map(({ what, wrong }) => `${what} (${wrong.slice(0, 8).join(", ")})`);
  task.meta.typos = { of: title, words: counts.length, slips, right, limit: LIMIT, worst };
  expect(slips).toBeGreaterThan(atLeast);
  expect(right / slips, `${right} of ${slips}; the worst:\n${worst.join("\n")}`).toBeGreaterThanOrEqual(
    LIMIT,
  );
});
