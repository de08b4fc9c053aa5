// A YAML text as plain data, with the line and column of every key; what YAML can do beyond data is refused.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import { AppError } from "../base/index.ts";
import type { Problem } from "./check.ts";

/** Aliases that a recipe may use, and that all of them together may expand to. */
const maxAliases = 100;

export interface RecipeDocument {
  readonly value: unknown;
  /** Line and column, from 1, of what a problem blames. */
  locate(problem: Pick<Problem, "path" | "blame">): { readonly line: number; readonly column: number };
}

/** Parses one YAML document; an AppError `usage` with line and column when it is not plain data. */
export function parseYaml(text: string, path: string): RecipeDocument {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    uniqueKeys: true,
    strict: true,
    prettyErrors: false,
  });
  const fail = (message: string, offset: number, hint?: string): AppError => {
    const { line, col } = counter.linePos(offset);
    return new AppError("usage", message, { path: `${path}:${line}:${col}`, ...(hint && { hint }) });
  };
  const [broken] = [...document.errors, ...document.warnings];
  if (broken) throw fail(wordOf(broken.code, broken.message), broken.pos[0], hintOf(broken.code));
  const offset = foreign(document);
  if (offset !== undefined) throw fail("tags are not allowed in a recipe", offset, "write plain values");
  checkAliases(document, fail);
  const start = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);
  return {
    value: dataOf(document, fail),
    locate({ path: keys, blame }) {
      const { line, col } = counter.linePos(start(blamed(document, keys, blame)));
      return { line, column: col };
    },
  };
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "range" in value;

function wordOf(code: string, message: string): string {
  if (code === "DUPLICATE_KEY") return "the key is there twice";
  if (code === "MULTIPLE_DOCS") return "a recipe is one document";
  return `it is not YAML: ${message}`;
}

function hintOf(code: string): string | undefined {
  if (code === "DUPLICATE_KEY") return "keep one of them";
  return code === "TAG_RESOLVE_FAILED" ? "tags are not allowed in a recipe" : undefined;
}

/** Offset of the first tag, custom or not. */
function foreign(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Node(_, node) {
      if (isAlias(node) || node.tag === undefined) return undefined;
      found = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

function checkAliases(document: Document, fail: (message: string, offset: number) => AppError): void {
  let count = 0;
  visit(document, {
    Alias(_, node) {
      count++;
      if (count > maxAliases) throw fail(`more than ${maxAliases} aliases`, node.range?.[0] ?? 0);
    },
  });
}

function dataOf(document: Document, fail: (message: string, offset: number) => AppError): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (cause) {
    if (cause instanceof ReferenceError) throw fail(`aliases cannot be followed: ${cause.message}`, 0);
    throw cause;
  }
}

/** The node that a problem blames; the nearest one around it where it has none of its own. */
function blamed(document: Document, path: Problem["path"], blame: Problem["blame"]): unknown {
  let node: unknown = document.contents;
  let owner: unknown = node;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    const next = isMap(node)
      ? pairOf(node, key)
      : isSeq(node)
        ? { key: node.items[Number(key)], value: node.items[Number(key)] }
        : undefined;
    if (next === undefined) return owner;
    owner = next.key;
    node = next.value ?? next.key;
  }
  return blame === "value" ? node : owner;
}

function pairOf(
  map: { readonly items: readonly { readonly key: unknown; readonly value: unknown }[] },
  key: PropertyKey,
) {
  return map.items.find(
    (pair) => (isScalar(pair.key) ? String(pair.key.value) : String(pair.key)) === String(key),
  );
}
