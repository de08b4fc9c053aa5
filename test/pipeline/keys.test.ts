// A mutation of every key of the recipe: it enters the hashes of all that depends on it, or it is listed as one that does not matter.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { must } from "../../src/base/index.ts";
import { registry } from "../../src/recipe/index.ts";
import { type Effect, type Place, placesOf, type RunKeys, World } from "./keys.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What `npm run evidence` tells of a key. */
    key?: { readonly name: string; readonly changes: string; readonly listed?: string };
  }
}

/** Keys that change what a report says, and no model and no answer. */
const onlyReport: Readonly<Record<string, string>> = {
  "recipe measure.batch": "latency is measured in every run",
  "recipe measure.budget": "latency is measured in every run",
  "recipe measure.sensitivity": "the answers of parts are kept under the items that are asked",
  "recipe measure.robustness": "the answers to variants are kept under the items that are asked",
  "recipe measure.price.perHour": "costs are computed in every run",
  "recipe measure.price.currency": "costs are computed in every run",
};

/** Keys that change nothing of what is made. */
const doesNotMatter: Readonly<Record<string, string>> = {
  "recipe output": "it names the folder that the lock lies in",
  "recipe require": "it is judged on the record, whether that was made now or before",
};

const places = placesOf(registry);
let world: World;
beforeAll(async () => {
  world = await World.make(registry);
});
afterAll(() => rmSync(world.folder, { recursive: true }));

/** What is wrong with an effect, in words; undefined where the key enters all that depends on it, or is listed. */
function wrong({ name, step }: Place, effect: Effect, before: RunKeys): string | undefined {
  const { steps, answers, teacherAnswers, lock } = effect;
  const kept = steps.length + answers.length > 0 || teacherAnswers;
  if (name in doesNotMatter) return kept || lock ? "it is listed as one that does not matter" : undefined;
  if (!lock) return "a run that differs in it counts as unchanged";
  if (name in onlyReport) return kept ? "it is listed as one that matters to the report only" : undefined;
  if (!kept) return "no key of a result or of answers has it";
  if (step === undefined) return undefined;
  const from = before.steps.map((_, i) => i).slice(step);
  return steps.join() === from.join() && answers.join() === from.map((i) => i + 1).join()
    ? undefined
    : `it changes the steps ${steps}, not ${from}`;
}

/** "steps 2 3 4, answers, lock", for people. */
const wordsOf = ({ steps, answers, teacherAnswers, lock }: Effect): string =>
  [
    ...(steps.length > 0 ? [`steps ${steps.join(" ")}`] : []),
    ...(teacherAnswers ? ["teacher's answers"] : []),
    ...(answers.length > 0 ? ["answers to the test set"] : []),
    ...(lock ? ["lock"] : []),
  ].join(", ") || "nothing";

describe("keys", () => {
  test.for(places)("$name", async (place, { task }) => {
    const effect = await world.effect(place);
    const listed = onlyReport[place.name] ?? doesNotMatter[place.name];
    task.meta.key = {
      name: place.name,
      changes: effect ? wordsOf(effect) : "it can have one value only",
      ...(listed !== undefined && { listed }),
    };
    if (effect) expect(wrong(place, effect, await world.before())).toBeUndefined();
  });

  test("of a sweep are in none of its trials, which are runs of their own", () => {
    const trials = world.trials({ sweep: { over: { seed: [1, 2] } }, budget: ["bytes <= 2 MB"] });
    expect(trials.map(({ seed }) => seed)).toEqual([1, 2]);
    for (const trial of trials) for (const key of ["sweep", "budget"]) expect(trial).not.toHaveProperty(key);
  });

  test("that are listed are there", () => {
    const names = places.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys({ ...onlyReport, ...doesNotMatter })));
    expect(names.length).toBeGreaterThan(70);
  });
});

const effectOf = async (name: string): Promise<Effect> => {
  const place = must(
    places.find((one) => one.name === name),
    name,
  );
  return must(await world.effect(place), name);
};

describe("what must depend on a key does, and nothing else", () => {
  const all = registry.methods.map((_, i) => i);
  const learners = async (): Promise<readonly number[]> => {
    const first = (await world.before()).learns.indexOf(true);
    return all.slice(first);
  };
  const stages = [0, ...all.map((i) => i + 1)];

  test("the teacher: all", async () => {
    expect(await effectOf("recipe teacher")).toEqual({
      steps: all,
      teacherAnswers: true,
      answers: stages,
      lock: true,
    });
  });

  test.each(["recipe seed", "recipe task.name"])("%s: what learns, and what comes after", async (name) => {
    const steps = await learners();
    const answers = steps.map((i) => i + 1);
    expect(await effectOf(name)).toEqual({ steps, teacherAnswers: false, answers, lock: true });
  });

  test("training data: what learns, and the teacher's answers to it", async () => {
    const steps = await learners();
    const answers = steps.map((i) => i + 1);
    expect(await effectOf("recipe task.train")).toEqual({ steps, teacherAnswers: true, answers, lock: true });
  });

  test.each(["recipe task.test", "recipe measure.items"])("%s: the answers to the test set", async (name) => {
    expect(await effectOf(name)).toEqual({ steps: [], teacherAnswers: false, answers: stages, lock: true });
  });

  test("another tokenizer in the teacher's folder: all that its tokens go into", async () => {
    const [before, path] = [await world.before(), join(world.folder, "teacher/tokenizer.json")];
    const text = readFileSync(path, "utf8");
    const other = text.replace(/"max_input_chars_per_word": ?100/, '"max_input_chars_per_word": 2');
    expect(other).not.toBe(text);
    writeFileSync(path, other);
    const after = await world.now();
    writeFileSync(path, text);
    expect(after.teacherAnswers).not.toBe(before.teacherAnswers);
    for (const [i, key] of before.answers.entries()) expect(after.answers[i]).not.toBe(key);
    const first = before.learns.indexOf(true);
    expect(after.steps.slice(first).filter((key) => before.steps.includes(key))).toEqual([]);
  });
});

describe("a key that enters no hash is found", () => {
  const extra = { extra: z.int().default(1) };
  const grown = (schema: z.ZodType): z.ZodObject => {
    if (!(schema instanceof z.ZodObject)) throw new Error("not a mapping");
    return schema.extend(extra);
  };
  const withoutExtra = (params: unknown): unknown => {
    const { extra: _, ...rest } = params as Record<string, unknown>;
    return rest;
  };
  const found = async (mutant: World, name: string): Promise<string | undefined> => {
    try {
      const place = must(
        mutant.places.find((one) => one.name === name),
        name,
      );
      return wrong(place, must(await mutant.effect(place), name), await mutant.before());
    } finally {
      rmSync(mutant.folder, { recursive: true });
    }
  };

  test.each(registry.methods.map((method) => [method.name, method] as const))(
    "new in %s",
    async (name, old) => {
      const deaf = { ...old, params: grown(old.params), bind: (raw: unknown) => old.bind(withoutExtra(raw)) };
      const methods = registry.methods.map((one) => (one === old ? deaf : one));
      const mutant = await World.make({ ...registry, methods });
      expect(await found(mutant, `${name} extra`)).toBe("a run that differs in it counts as unchanged");
    },
  );

  test.each(registry.tasks.map((task) => [task.name, task] as const))("new in task %s", async (name, old) => {
    const deaf = {
      ...old,
      params: grown(old.params),
      load: (...[path, params, context]: Parameters<typeof old.load>) =>
        old.load(path, withoutExtra(params), context),
    };
    const mutant = await World.make({ ...registry, tasks: [deaf] });
    expect(await found(mutant, `task: ${name} extra`)).toBe("no key of a result or of answers has it");
  });

  test("dropped on the way from the recipe to the plan", async () => {
    expect(await found(await World.make(registry, (plan) => ({ ...plan, seed: 1 })), "recipe seed")).toBe(
      "a run that differs in it counts as unchanged",
    );
  });
});
