// What changes in a run's hashes when one key of its recipe does: every key that a schema has, each with another valid value.
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { AppError, must } from "../../src/base/index.ts";
import { Store } from "../../src/cache/index.ts";
import type { Bundle, Config } from "../../src/families/index.ts";
import { writeSafetensors } from "../../src/hub/index.ts";
import { planFor } from "../../src/pipeline/compress.ts";
import { givenOf, load } from "../../src/pipeline/load.ts";
import { differences, inputsOf, type LockInputs } from "../../src/pipeline/lock.ts";
import { Memory } from "../../src/pipeline/memory.ts";
import type { Plan } from "../../src/pipeline/plan.ts";
import { keeping } from "../../src/pipeline/recall.ts";
import {
  type KeyDoc,
  methodKeys,
  parseRecipe,
  type Registry,
  recipeSchemaDocs,
  type Shape,
  trialsOf,
} from "../../src/recipe/index.ts";
import { stageNames } from "../../src/record/index.ts";
import { root } from "../docs/documents.ts";
import { tinyCheckpoint } from "../families/tiny.ts";

type Mapping = Record<string, unknown>;

/** Where a key stands in the recipe of all methods. */
export interface Place {
  /** "recipe measure.batch", "prune, kind: heads ratio". */
  readonly name: string;
  readonly doc: KeyDoc;
  /** Keys and positions from the recipe's top to the mapping that the key is in. */
  readonly path: readonly (string | number)[];
  /** Index of the step whose key it is; undefined for keys of the recipe and the task. */
  readonly step: number | undefined;
}

/** Keys of a run: of each step's result, of the answers, and what the lock says. */
export interface RunKeys {
  readonly steps: readonly string[];
  readonly learns: readonly boolean[];
  readonly teacherAnswers: string;
  /** Of the teacher and of each step, to the test set. */
  readonly answers: readonly string[];
  readonly lock: LockInputs;
}

/** Which of a run's keys another value changed. */
export interface Effect {
  readonly steps: readonly number[];
  readonly teacherAnswers: boolean;
  readonly answers: readonly number[];
  readonly lock: boolean;
}

/** Keys of a sweep: its trials are recipes without them. */
const ofSweeps = /^(sweep\.|budget$)/;

/** Every key of every schema but those of a sweep; the recipe has one step of each method, in the registry's order. */
export const placesOf = ({ methods, tasks }: Registry): readonly Place[] => [
  ...recipeSchemaDocs({ methods: [], tasks }).flatMap(({ title, keys }) =>
    keys
      .filter(({ key }) => title !== "recipe" || !ofSweeps.test(key))
      .map((doc) => ({
        name: `${title} ${doc.key}`,
        doc,
        path: title === "recipe" ? [] : ["task"],
        step: undefined,
      })),
  ),
  ...methods.flatMap((method, step) =>
    methodKeys(method).map((doc) => ({
      name: `${method.name} ${doc.key}`,
      doc,
      path: ["steps", step, method.verb],
      step,
    })),
  ),
];

/** Texts that are valid somewhere: folders, files, columns, names, requirements. */
const texts = ["teacher2", "other.tsv", "more", "twin", "bytes <= 2 MB", "EUR"];

/** Values that a key of this shape may have, if what the shape does not say allows them. */
function valuesOf(shape: Shape, now: unknown): readonly unknown[] {
  if (shape.const !== undefined) return [shape.const];
  if (shape.enum) return shape.enum;
  const { minimum, maximum } = shape;
  const low = minimum ?? (typeof shape.exclusiveMinimum === "number" ? shape.exclusiveMinimum : 0);
  switch (shape.type) {
    case "boolean":
      return [true, false];
    case "integer":
      return [1, 2, 3, low + 1, low + 8].filter((value) => value >= low && value <= (maximum ?? value));
    case "number":
      return [0.25, 0.75, low + 1, low + 0.5];
    case "string":
      return texts;
    case "array": {
      const items = typeof shape.items === "object" && !Array.isArray(shape.items) ? shape.items : {};
      return [
        ...(Array.isArray(now) ? [now.slice(1)] : []),
        ...valuesOf(items, undefined).map((one) => [one]),
      ];
    }
    default:
      return [];
  }
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value with another one at the path; mappings on the way are made where they are not. */
function withAt(value: unknown, [first, ...rest]: readonly (string | number)[], to: unknown): unknown {
  if (first === undefined) return to;
  if (typeof first === "number")
    return (Array.isArray(value) ? value : []).map((one, i) => (i === first ? withAt(one, rest, to) : one));
  const mapping = isMapping(value) ? value : {};
  return { ...mapping, [first]: withAt(mapping[first], rest, to) };
}

const at = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (from, key) => (from as Readonly<Record<string | number, unknown>> | undefined)?.[key],
    value,
  );

const pathOf = ({ path, doc }: Pick<Place, "path" | "doc">): readonly (string | number)[] => [
  ...path,
  ...doc.key.split("."),
];

/** The recipe in which every key has its default, and those without one that are asked for the first valid value. */
function baseRecipe({ methods }: Registry, places: readonly Place[]): unknown {
  const start: Mapping = {
    teacher: "teacher",
    task: { name: "text-classification", train: "train.tsv", test: "test.tsv" },
    steps: methods.map(({ verb, kind }) => ({ [verb]: kind === undefined ? {} : { kind } })),
    output: "out",
    measure: { price: { perHour: 1, currency: "USD" } },
  };
  return places.reduce<unknown>((recipe, place) => {
    const { doc } = place;
    const path = pathOf(place);
    if (at(recipe, path) !== undefined) return recipe;
    const needed = doc.required
      ? must(doc.shapes.flatMap((one) => valuesOf(one, undefined))[0], doc.key)
      : undefined;
    const value = doc.default ?? needed;
    return value === undefined ? recipe : withAt(recipe, path, value);
  }, start);
}

/** A teacher, another one, and data: all small. */
async function worldFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "minnow-keys-"));
  const teacher = async (name: string, changes: Config): Promise<void> => {
    // a row for each token of the tokenizer
    const { config, tensors } = tinyCheckpoint({ vocab_size: 2000, ...changes });
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "config.json"), JSON.stringify(config));
    for (const file of ["tokenizer.json", "tokenizer_config.json"])
      cpSync(join(root, "fixtures/models/intents-teacher", file), join(folder, name, file));
    await writeSafetensors(join(folder, name, "model.safetensors"), tensors);
  };
  await teacher("teacher", {});
  await teacher("teacher2", { hidden_size: 24, num_attention_heads: 2 });
  const rows = (words: readonly string[]): string =>
    ["text\tlabel\tmore", ...words.map((word, i) => `${word} Text ${i}\t${i % 2}\t${(i + 1) % 2}`)].join(
      "\n",
    );
  writeFileSync(join(folder, "train.tsv"), rows(["a", "b", "c"]));
  writeFileSync(join(folder, "test.tsv"), rows(["d", "e", "f"]));
  writeFileSync(join(folder, "other.tsv"), rows(["g", "h"]));
  return folder;
}

/** Takes note of what a run asks its memory for; has nothing, and makes nothing. */
class Watched extends Memory {
  readonly asked: string[] = [];

  override async result(key: string, _what: string, base: Bundle) {
    this.asked.push(key);
    return { model: base, changes: [], refused: [], seconds: 0, cached: false };
  }

  override async floats(key: string): Promise<Float32Array> {
    this.asked.push(key);
    return new Float32Array();
  }
}

/** The keys under which a run of the plan keeps and looks for what it makes. */
async function keysOf(plan: Plan, cwd: string): Promise<RunKeys> {
  const threads = 1;
  const loaded = await load(plan, { cwd, emit: () => undefined, signal: new AbortController().signal });
  const memory = new Watched(new Store(join(cwd, "cache"), 0), () => undefined, new AbortController().signal);
  const recall = keeping(memory, plan, await givenOf(loaded, threads));
  const never = (): never => {
    throw new Error("nothing is to be made");
  };
  const stages = [recall.next("teacher")];
  const names = stageNames(plan.steps.map(({ method }) => method.name));
  plan.steps.forEach((step, i) => void stages.push(recall.next(must(names[i], "name"), step)));
  for (const stage of stages.slice(1)) await stage.result(loaded.model, never);
  const steps = memory.asked.splice(0);
  for (const stage of stages) await stage.answers(must(loaded.test, "test data"), 1, never);
  const answers = memory.asked.splice(0);
  await recall.teacherAnswers(never);
  return {
    steps,
    learns: plan.steps.map(({ bound }) => bound.learns),
    teacherAnswers: must(memory.asked[0], "key"),
    answers,
    lock: inputsOf(plan, threads, cwd),
  };
}

const changed = (before: readonly string[], after: readonly string[]): readonly number[] =>
  before.flatMap((key, i) => (after[i] === key ? [] : [i]));

/** A registry's recipe with all its keys, in a folder of its own. */
export class World {
  readonly folder: string;
  readonly places: readonly Place[];
  readonly #registry: Registry;
  readonly #base: unknown;
  readonly #plan: (plan: Plan) => Plan;
  #before: Promise<RunKeys> | undefined;

  /** `plan` stands in the place of the pipeline's own reading, so that a fault can be put there. */
  static async make(registry: Registry, plan: (plan: Plan) => Plan = (own) => own): Promise<World> {
    return new World(await worldFolder(), registry, plan);
  }

  private constructor(folder: string, registry: Registry, plan: (plan: Plan) => Plan) {
    this.folder = folder;
    // a task of another name, so that the name can be changed
    const twins = registry.tasks.map((task) => ({ ...task, name: "twin" }));
    this.#registry = { ...registry, tasks: [...registry.tasks, ...twins] };
    this.places = placesOf(registry);
    this.#base = baseRecipe(registry, this.places);
    this.#plan = plan;
  }

  /** Keys of the run in which no key was changed. */
  before(): Promise<RunKeys> {
    this.#before ??= this.now();
    return this.#before;
  }

  /** The same, of the folder as it is now. */
  now(): Promise<RunKeys> {
    return this.#keys(this.#base);
  }

  /** What the first other value of the key changes; undefined where it can have one value only. */
  async effect(place: Place): Promise<Effect | undefined> {
    const path = pathOf(place);
    const now = at(this.#base, path);
    const values = place.doc.shapes.flatMap((shape) => valuesOf(shape, now));
    const others = values.filter((value) => JSON.stringify(value) !== JSON.stringify(now));
    if (others.length === 0 && values.length === 1) return undefined;
    for (const other of others) {
      const after = await this.#valid(withAt(this.#base, path, other));
      if (after) return effectOf(await this.before(), after);
    }
    throw new Error(`no other value of ${place.name} is valid among ${JSON.stringify(others)}`);
  }

  /** What the trials of the recipe say when these keys are added to it. */
  trials(more: Readonly<Mapping>): readonly Mapping[] {
    const path = join(this.folder, "recipe.yaml");
    const recipe = parseRecipe(stringify({ ...(this.#base as Mapping), ...more }), path);
    return trialsOf(recipe, this.folder).map(({ text }) => parse(text) as Mapping);
  }

  async #valid(recipe: unknown): Promise<RunKeys | undefined> {
    try {
      return await this.#keys(recipe);
    } catch (error) {
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }

  #keys(recipe: unknown): Promise<RunKeys> {
    const path = join(this.folder, "recipe.yaml");
    return keysOf(this.#plan(planFor(parseRecipe(stringify(recipe), path, this.#registry))), this.folder);
  }
}

const effectOf = (before: RunKeys, after: RunKeys): Effect => ({
  steps: changed(before.steps, after.steps),
  teacherAnswers: before.teacherAnswers !== after.teacherAnswers,
  answers: changed(before.answers, after.answers),
  lock: differences(before.lock, after.lock).length > 0,
});
