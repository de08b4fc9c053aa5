// Checks a value against a schema: what is wrong, what is allowed, what was meant.
import type { z } from "zod";
import { fitted, suggestion } from "../base/index.ts";
import { choicesOf, describeShapes, type KeyPath, keysIn, type Shape, shapeOf, shapesAt } from "./shape.ts";

/** One thing that is wrong. */
export interface Problem {
  /** Keys and positions from the top. */
  readonly path: KeyPath;
  /** Whether the key is at fault, the value, or the mapping that lacks the key. */
  readonly blame: "key" | "value" | "parent";
  readonly message: string;
  readonly hint?: string;
}

type Issue = z.core.$ZodIssue;

/**
 * Everything that keeps `value` from being what `schema` says; paths start with `base`. Keys that others read from the same
 * mapping are `beside`: a slip may have been meant to be one of them.
 */
export function check(
  schema: z.ZodType,
  value: unknown,
  base: KeyPath = [],
  beside: readonly string[] = [],
): Problem[] {
  const shape = shapeOf(schema);
  const { error } = fitted(schema, value);
  const wrong = (error?.issues ?? [])
    .flatMap((issue) => spreadIssue(issue, value))
    .filter((issue) => issue.code !== "unrecognized_keys")
    .map((issue) => problemOf(issue, shape, value));
  const problems = toldOnce([...unknownKeys(shape, value, [], beside), ...wrong]);
  return problems.map((problem) => ({ ...problem, path: [...base, ...problem.path] }));
}

/** Without the keys that are missing and are there under a name that was meant to be theirs: one slip is told once. */
export function toldOnce(problems: readonly Problem[]): Problem[] {
  const meant = new Set(problems.map(({ path, hint }) => `${printPath(path.slice(0, -1))} ${hint}`));
  return problems.filter(
    ({ path, blame }) =>
      blame !== "parent" ||
      !meant.has(`${printPath(path.slice(0, -1))} did you mean ${JSON.stringify(path.at(-1))}?`),
  );
}

/** An issue of a union is told as those of the one alternative that is meant, if that can be seen. */
function spreadIssue(issue: Issue, root: unknown): Issue[] {
  if (issue.code !== "invalid_union" || !isMapping(valueAt(root, issue.path))) return [issue];
  const meant = issue.errors.filter(
    (issues) => !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0),
  );
  const [only] = meant;
  if (only === undefined || meant.length > 1) return [issue];
  return only.flatMap((inner) => spreadIssue({ ...inner, path: [...issue.path, ...inner.path] }, root));
}

function problemOf(issue: Issue, shape: Shape, root: unknown): Problem {
  const { path } = issue;
  const value = valueAt(root, path);
  if (issue.code === "custom") return { path, blame: "value", message: issue.message };
  const shapes = shapesAt(shape, path);
  const allowed = describeShapes(shapes);
  if (value === undefined) return { path, blame: "parent", message: `it is missing; expected ${allowed}` };
  if (shapes.length === 0)
    return { path, blame: "value", message: `${show(value)} is refused: ${issue.message}` };
  const hint = typeof value === "string" ? nearChoice(value, shapes) : undefined;
  return { path, blame: "value", message: `${show(value)} is not ${allowed}`, ...(hint && { hint }) };
}

/** A suggestion among few listed texts would repeat them, so only a near one is given. */
function nearChoice(value: string, shapes: readonly Shape[]): string | undefined {
  const choices = choicesOf(shapes).filter((choice) => typeof choice === "string");
  const hint = suggestion(value, choices);
  return hint?.startsWith("did") ? hint : undefined;
}

/** Keys that no alternative of the shape has, also where the schema itself would let them pass. */
function unknownKeys(root: Shape, value: unknown, path: KeyPath, beside: readonly string[] = []): Problem[] {
  const at = valueAt(value, path);
  const shapes = shapesAt(root, path);
  if (Array.isArray(at)) return at.flatMap((_, i) => unknownKeys(root, value, [...path, i]));
  if (!isMapping(at)) return [];
  const known = keysIn(shapes);
  if (
    known.length === 0 ||
    shapes.some(({ additionalProperties }) => typeof additionalProperties === "object")
  )
    return [];
  return Object.keys(at).flatMap((key) =>
    known.includes(key)
      ? unknownKeys(root, value, [...path, key])
      : [unknownKey([...path, key], key, [...beside, ...known])],
  );
}

/** The problem of a key that is not known. */
export function unknownKey(path: KeyPath, key: string, known: readonly string[]): Problem {
  const hint = suggestion(key, known);
  return { path, blame: "key", message: "there is no such key", ...(hint && { hint }) };
}

/** Problems of all keys of a mapping that are not among the known ones. */
export const unknownOf = (
  value: Readonly<Record<string, unknown>>,
  path: KeyPath,
  known: readonly string[],
): Problem[] =>
  Object.keys(value).flatMap((key) => (known.includes(key) ? [] : [unknownKey([...path, key], key, known)]));

function valueAt(root: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isMapping(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
  }, root);
}

/** Whether the value is a mapping of keys. */
export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value as it may stand in a message: JSON, cut to a line. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `steps[1].prune.ratio`. */
export function printPath(path: KeyPath): string {
  const parts = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`));
  return parts.join("").replace(/^\./, "");
}
