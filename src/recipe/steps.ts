// Steps of a recipe: which method a step names, and whether its parameters are what the method takes.

import { suggestion } from "../base/index.ts";
import type { Method } from "../methods/index.ts";
import { check, isMapping, type Problem, printPath, show, unknownKey, unknownOf } from "./check.ts";
import { verbsOf } from "./recipe.ts";
import { type KeyPath, keysIn, shapeOf, shapesAt } from "./shape.ts";

/** A step whose method is known: its parameters without `kind`. */
export interface NamedStep {
  readonly method: Method;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly path: KeyPath;
}

/** The method and parameters of one entry of `steps`, or what keeps it from being a step. */
export function readStep(value: unknown, path: KeyPath, known: readonly Method[]): NamedStep | Problem[] {
  const verbs = verbsOf(known);
  const allowed = `a mapping of one of ${verbs.join(", ")} to its parameters`;
  if (!isMapping(value)) return [{ path, blame: "value", message: `${show(value)} is not ${allowed}` }];
  const [verb, ...more] = Object.keys(value);
  if (verb === undefined || more.length > 0) {
    const found = more.length > 0 ? `${[verb, ...more].join(", ")} in one step` : "nothing";
    return [{ path, blame: "value", message: `expected ${allowed}; found ${found}` }];
  }
  if (!verbs.includes(verb)) return [unknownKey([...path, verb], verb, verbs)];
  return readParams(
    value[verb],
    [...path, verb],
    known.filter((method) => method.verb === verb),
  );
}

/** `kinds` are the methods of one verb; `kind` may be left out where there is one only. */
export function readParams(value: unknown, path: KeyPath, kinds: readonly Method[]): NamedStep | Problem[] {
  const given = value ?? {};
  if (!isMapping(given))
    return [{ path, blame: "value", message: `${show(value)} is not a mapping of parameters` }];
  const { kind, ...raw } = given;
  const [only] = kinds;
  if (only !== undefined && kinds.length === 1 && (kind === undefined || only.kind === undefined)) {
    return checked(only, only.kind === undefined ? given : raw, path);
  }
  const found = kinds.find((method) => method.kind === kind);
  if (found) return checked(found, raw, path);
  const known = ["kind", ...kinds.flatMap(({ params }) => keysIn(shapesAt(shapeOf(params), [])))];
  return [kindProblem(kind, path, kinds), ...unknownOf(given, path, known)];
}

function kindProblem(kind: unknown, path: KeyPath, kinds: readonly Method[]): Problem {
  const names = kinds.flatMap((method) => method.kind ?? []);
  const at: KeyPath = [...path, "kind"];
  const allowed = names.length === 1 ? names.join() : `one of ${names.join(", ")}`;
  if (kind === undefined) return { path: at, blame: "parent", message: `it is missing; expected ${allowed}` };
  const hint = typeof kind === "string" ? suggestion(kind, names) : undefined;
  const near = hint?.startsWith("did") ? { hint } : {};
  return { path: at, blame: "value", message: `${show(kind)} is not ${allowed}`, ...near };
}

function checked(
  method: Method,
  raw: Readonly<Record<string, unknown>>,
  path: KeyPath,
): NamedStep | Problem[] {
  const problems = check(method.params, raw, path, method.kind === undefined ? [] : ["kind"]);
  return problems.length > 0 ? problems : { method, raw, path };
}

/** A step that runs outside a recipe; throws nothing, since it was checked. */
export const bindStep = ({ method, raw, path }: NamedStep) => ({
  method,
  raw,
  bound: method.bind(raw),
  path: printPath(path),
});

/** Steps that come too late: what follows a step that leaves integers finds no float weights to work on. */
export function wrongOrder(steps: readonly NamedStep[]): Problem[] {
  const last = steps.findIndex(({ method }) => method.writes === "onnx/model_quantized.onnx");
  const [before] = last < 0 ? [] : steps.slice(last);
  if (!before) return [];
  return steps.slice(last + 1).map(({ method, path }) => ({
    path,
    blame: "key",
    message: `${method.verb} needs float weights, and ${printPath(before.path)} before it leaves integers`,
    hint: `put ${before.method.verb} last`,
  }));
}
