// What a zod schema allows, read from its JSON Schema: in words, and as a list of keys.
import { z } from "zod";

/** The JSON Schema of what may be written (defaults may be left out). */
export type Shape = z.core.JSONSchema.JSONSchema;
export type KeyPath = readonly PropertyKey[];

const shapes = new WeakMap<z.ZodType, Shape>();

/** The shape of a schema, made once; what JSON Schema cannot say is left open. */
export function shapeOf(schema: z.ZodType): Shape {
  const shape =
    shapes.get(schema) ?? z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" });
  shapes.set(schema, shape);
  return shape;
}

/** The shape itself, with a reference into $defs followed. */
function resolved(shape: Shape, root: Shape): Shape {
  const { $ref, ...rest } = shape;
  const target = root.$defs?.[$ref?.split("/").at(-1) ?? ""];
  return target === undefined ? shape : { ...target, ...rest };
}

const isShape = (value: unknown): value is Shape =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const alternatives = (shape: Shape): readonly Shape[] => shape.anyOf ?? shape.oneOf ?? [];

/** The shapes that a value at `path` may have. */
export function shapesAt(root: Shape, path: KeyPath): readonly Shape[] {
  let shapes = spread(root, root);
  for (const key of path) {
    shapes = shapes.flatMap((shape) => {
      const next = typeof key === "number" ? shape.items : shape.properties?.[String(key)];
      return isShape(next) ? spread(next, root) : [];
    });
  }
  return shapes;
}

function spread(shape: Shape, root: Shape): readonly Shape[] {
  const own = resolved(shape, root);
  const options = alternatives(own);
  return options.length === 0 ? [own] : options.flatMap((option) => spread(option, root));
}

/** Keys that a mapping of these shapes may have. */
export const keysIn = (shapes: readonly Shape[]): readonly string[] =>
  shapes.flatMap((shape) => Object.keys(shape.properties ?? {}));

/** Values that are listed one by one; empty where others are allowed too. */
export function choicesOf(shapes: readonly Shape[]): readonly unknown[] {
  const lists = shapes.map((shape) => (shape.const === undefined ? shape.enum : [shape.const]));
  return lists.every((list) => list !== undefined) ? lists.flat() : [];
}

/** What is allowed, in words: "a whole number of at least 1", "one of 4, 8". */
export function describeShapes(shapes: readonly Shape[]): string {
  const choices = choicesOf(shapes);
  if (choices.length === 1) return JSON.stringify(choices[0]);
  if (choices.length > 1) return `one of ${choices.map(plain).join(", ")}`;
  return [...new Set(shapes.map(describe))].join(" or ") || "a value";
}

const plain = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function describe(shape: Shape): string {
  if (shape.const !== undefined || shape.enum !== undefined) return describeShapes([shape]);
  switch (shape.type) {
    case "integer":
      return `a whole number${range(shape)}`;
    case "number":
      return `a number${range(shape)}`;
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    case "null":
      return "nothing";
    case "array":
      return describeList(shape);
    case "object":
      return shape.properties
        ? `a mapping with the keys ${Object.keys(shape.properties).join(", ")}`
        : "a mapping";
    default:
      return alternatives(shape).length === 0 ? "a value" : describeShapes(spread(shape, shape));
  }
}

function describeList({ items, minItems, maxItems }: Shape): string {
  const each = isShape(items) && items.type ? `, each ${describe(items)}` : "";
  if (minItems && maxItems) return `a list of ${minItems} to ${maxItems} items${each}`;
  return `a list${minItems ? ` of at least ${minItems} item${minItems === 1 ? "" : "s"}` : ""}${each}`;
}

/** Bounds in words; the safe-integer bounds that zod adds say nothing. */
function range(shape: Shape): string {
  const told = (bound: number | undefined): bound is number =>
    bound !== undefined && Math.abs(bound) !== Number.MAX_SAFE_INTEGER;
  const { minimum, maximum } = shape;
  if (told(minimum) && told(maximum)) return ` from ${minimum} to ${maximum}`;
  const parts = [
    ...(told(minimum) ? [`of at least ${minimum}`] : []),
    ...(typeof shape.exclusiveMinimum === "number" ? [`above ${shape.exclusiveMinimum}`] : []),
    ...(told(maximum) ? [`of at most ${maximum}`] : []),
    ...(typeof shape.exclusiveMaximum === "number" ? [`below ${shape.exclusiveMaximum}`] : []),
  ];
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
}

/** One key of a mapping, with the keys inside it reached by dots. */
export interface KeyDoc {
  /** "student.layers". */
  readonly key: string;
  /** What is allowed, in words. */
  readonly allowed: string;
  readonly shapes: readonly Shape[];
  readonly required: boolean;
  /** Undefined where there is none. */
  readonly default: unknown;
  readonly description: string | undefined;
}

/** All keys that can be written, in the schema's order; a mapping within is given by its own keys. */
export function keysOf(root: Shape, start: Shape = root, prefix = "", optional = false): KeyDoc[] {
  const own = resolved(start, root);
  return Object.entries(own.properties ?? {}).flatMap(([name, raw]): KeyDoc[] => {
    if (!isShape(raw)) return [];
    const shape = resolved(raw, root);
    const key = `${prefix}${name}`;
    const shapes = spread(shape, root);
    const required = !optional && (own.required?.includes(name) ?? false);
    const inner = shapes.filter(({ properties }) => properties !== undefined);
    const nested = inner.flatMap((one) => keysOf(root, one, `${key}.`, optional || !required));
    if (inner.length === shapes.length) return nested;
    const leaves = shapes.filter(({ properties }) => properties === undefined);
    const allowed = describeShapes(leaves);
    return [
      { key, allowed, shapes: leaves, required, default: shape.default, description: shape.description },
      ...nested,
    ];
  });
}
