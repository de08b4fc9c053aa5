// Options of the library's calls, checked by their schema: a wrong, a missing and an unknown one are told by name.
import { AppError } from "./error.ts";
import { suggestion } from "./suggest.ts";

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

type Parsed<T, I> =
  | { readonly success: true; readonly data: T; readonly error?: undefined }
  | { readonly success: false; readonly error: { readonly issues: readonly I[] } };

/** What is asked of a schema: zod's have it. */
export interface Schema<T, I extends Issue = Issue> {
  safeParse(value: unknown): Parsed<T, I>;
}

interface NoLength {
  readonly code: "custom";
  readonly path: PropertyKey[];
  readonly message: string;
}

/**
 * What a schema makes of a value from outside. zod compares the length of whatever has one, also of a mapping where a text or list
 * is wanted, and throws where that length is nothing that can be compared; here the value does not fit.
 */
export function fitted<T, I extends Issue>(schema: Schema<T, I>, value: unknown): Parsed<T, I | NoLength> {
  try {
    return schema.safeParse(value);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const issue: NoLength = { code: "custom", path: [], message: "a length in it is not a number" };
    return { success: false, error: { issues: [issue] } };
  }
}

/** The options as the schema makes them; AppError `usage` about `name.key`, with all problems in `facts.problems`. */
export function parseOptions<T>(schema: Schema<T>, value: unknown, name: string): T {
  const parsed = fitted(schema, value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => problemsOf(issue, value, name, keysOf(schema)));
  const [first] = errors;
  throw new AppError("usage", first?.message ?? "the options are wrong", {
    path: first?.path ?? name,
    facts: { problems: errors.map((error) => error.describe()) },
    ...(first?.hint !== undefined && { hint: first.hint }),
  });
}

function problemsOf(issue: Issue, root: unknown, name: string, known: readonly string[]): AppError[] {
  const at = pathOf(name, issue.path);
  if (issue.code === "unrecognized_keys" && issue.keys)
    return issue.keys.map((key) => {
      const hint = issue.path.length === 0 ? suggestion(key, known) : undefined;
      return new AppError("usage", "there is no such option", {
        path: `${at}.${key}`,
        ...(hint && { hint }),
      });
    });
  const missing = issue.path.length > 0 && valueAt(root, issue.path) === undefined;
  const message = issue.message.replace(/^Invalid input: /, "");
  return [new AppError("usage", missing ? `it is missing; ${message}` : message, { path: at })];
}

/** "compress.cache.folder", "benchModels.models[0]". */
const pathOf = (name: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (at, key) => (typeof key === "number" ? `${at}[${key}]` : `${at}.${String(key)}`),
    name,
  );

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );

/** The keys of an object's schema, where it has some. */
const keysOf = (schema: object): readonly string[] =>
  "shape" in schema && typeof schema.shape === "object" && schema.shape !== null
    ? Object.keys(schema.shape)
    : [];
