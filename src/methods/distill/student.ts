// The student before training: its config, and where its first weights come from.
import { AppError, must, type Rng, rng } from "../../base/index.ts";
import {
  type Bundle,
  type Config,
  type Family,
  instantiate,
  type StudentShape,
} from "../../families/index.ts";
import { namedWeights } from "../../ir/index.ts";
import { opTable } from "../../ops/index.ts";
import { sizeOf, Tensor } from "../../tensor/index.ts";
import type { MethodContext } from "../define.ts";
import { principalDirections } from "./projection.ts";

export type Start = "teacher-layers" | "projected" | "random";

/** Teacher layers that a student of `count` layers starts from, spread from the first to the last: 0, 2, 5 of six. */
export function spreadLayers(count: number, depth: number): readonly number[] {
  if (count === 1) return [depth - 1];
  return Array.from({ length: count }, (_, i) => Math.floor((i * (depth - 1)) / (count - 1)));
}

type Source = (name: string, shape: readonly number[]) => Tensor;

/** Fresh weights as the family initialises them, each from a stream of its own name. */
function fresh(family: Family, config: Config, seed: number): Source {
  return (name, shape) => {
    const rule = family.initial(name, config);
    const data = new Float32Array(sizeOf(shape));
    if (rule === "ones") data.fill(1);
    else if (rule !== "zeros") fillNormal(data, rule, rng(seed, "student", name));
    return Tensor.floats(shape, data);
  };
}

function fillNormal(data: Float32Array, deviation: number, random: Rng): void {
  for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
}

/** Weights of the teacher's chosen layers under the student's names, and everything outside layers as it is. */
function fromTeacher(teacher: Bundle, family: Family, layers: readonly number[]): Source {
  const weights = namedWeights(teacher.model.graph);
  return (name, shape) => {
    const layer = family.layerOf(name);
    const from = layer
      ? layer.rename(must(layers[layer.index], `teacher layer for layer ${layer.index}`))
      : name;
    const tensor = must(weights.get(from), from);
    if (tensor.shape.join() !== shape.join()) {
      throw new AppError(
        "usage",
        `the student's ${name} is [${shape}], the teacher's ${from} [${tensor.shape}]`,
        {
          hint: "start: teacher-layers needs a student of the teacher's width; use start: projected",
        },
      );
    }
    return tensor;
  };
}

/** Embedding tables projected onto the word embeddings' principal directions; the rest is fresh. */
async function projected(
  teacher: Bundle,
  family: Family,
  config: Config,
  context: MethodContext,
): Promise<Source> {
  const weights = namedWeights(teacher.model.graph);
  const width = family.dims(config).hidden;
  const tables = family.embeddings.map((name) => [name, must(weights.get(name), name)] as const);
  const first = must(tables[0], "embedding table")[1];
  const directions = await principalDirections(first, width, context.engine);
  const start = fresh(family, config, context.seed);
  const made = new Map<string, Tensor>();
  for (const [name, table] of tables) made.set(name, await directions.project(table));
  return (name, shape) => made.get(name) ?? start(name, shape);
}

/** A student of this shape with weights as the family initialises them. */
export function freshStudent(teacher: Bundle, family: Family, shape: StudentShape): Bundle {
  const config = family.shrink(teacher.config, shape);
  const graph = instantiate(family, config, fresh(family, config, 0), opTable);
  return { ...teacher, config, model: { graph, metadata: {} } };
}

/** Parameters of a model of this config; none of them is made. */
export function parametersOf(family: Family, config: Config): number {
  const empty: Source = (_name, size) => new Tensor("f32", size, () => new Uint8Array(4 * sizeOf(size)));
  const { weights } = instantiate(family, config, empty, opTable);
  return [...weights].reduce((sum, [{ name }, { size }]) => sum + (name === undefined ? 0 : size), 0);
}

/** The untrained student: the teacher's family, vocabulary and labels, smaller. */
export async function makeStudent(
  teacher: Bundle,
  shape: StudentShape,
  start: Start,
  layers: readonly number[],
  context: MethodContext,
): Promise<Bundle> {
  const family = must(teacher.family, "family");
  const config = family.shrink(teacher.config, shape);
  const source =
    start === "teacher-layers"
      ? fromTeacher(teacher, family, layers)
      : start === "projected"
        ? await projected(teacher, family, config, context)
        : fresh(family, config, context.seed);
  const graph = instantiate(family, config, source, opTable);
  return { ...teacher, config, model: { graph, metadata: {} } };
}
