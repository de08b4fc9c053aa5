// A YAML text as plain data, with the line and column of every key; what YAML can do beyond data is refused.
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  visit,
  type YAMLMap,
} from "yaml";
import { AppError, defect, grouped, printable } from "../base/index.ts";
import type { Problem } from "./check.ts";

/** Aliases that a recipe may use, and that all of them together may expand to. */
const maxAliases = 100;
/** Bounds of a recipe's text, far above any that is written by hand: within them it is read in well under a second. */
const maxCharacters = 256 * 1024;
/** Words, signs and spaces between them: about seven for a line. */
const maxTokens = 20_000;
/** Mappings and lists around a value. */
const maxDepth = 100;

export interface RecipeDocument {
  readonly value: unknown;
  /** Line and column, from 1, of what a problem blames. */
  locate(problem: Pick<Problem, "path" | "blame">): { readonly line: number; readonly column: number };
}

/** Parses one YAML document; an AppError `usage` with line and column when it is not plain data. */
export function parseYaml(given: string, path: string): RecipeDocument {
  // a carriage return alone ends a line too (YAML 1.2.2, rule 28), which the library does not know
  const text = given.replace(/\r(?!\n)/g, "\n");
  const counter = new LineCounter();
  const tokens = tokensOf(text, path, counter);
  // the library compares each key with all others; checkKeys does not
  const composer = new Composer({ uniqueKeys: false, strict: true, keepSourceTokens: true });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) throw defect("a YAML text without a document");
  const fail = (message: string, offset: number, hint?: string): AppError => {
    const { line, col } = counter.linePos(offset);
    return new AppError("usage", message, { path: `${path}:${line}:${col}`, ...(hint && { hint }) });
  };
  const [broken] = [...document.errors, ...document.warnings];
  if (broken) throw fail(`it is not YAML: ${broken.message}`, broken.pos[0], hintOf(broken.code));
  if (second) throw fail("a recipe is one document", second.range[0]);
  const offset = foreign(document);
  if (offset !== undefined) throw fail("tags are not allowed in a recipe", offset, "write plain values");
  checkAliases(document, fail);
  checkKeys(document, fail);
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

const hintOf = (code: string): string | undefined =>
  code === "TAG_RESOLVE_FAILED" ? "tags are not allowed in a recipe" : undefined;

/** What no YAML holds unescaped: anything outside of c-printable (YAML 1.2.2, rule 1). */
const foreignCharacter = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The tokens of a text; what would take the library long, or more stack than there is, is refused before it is composed. */
function tokensOf(text: string, path: string, counter: LineCounter): readonly CST.Token[] {
  const refuse = (what: string, at?: number): AppError => {
    const where = at === undefined ? path : `${path}:${text.slice(0, at).split("\n").length}`;
    return new AppError("usage", what, { path: where, hint: "a recipe is a page of YAML" });
  };
  if (text.length > maxCharacters)
    throw refuse(`it has ${grouped(text.length)} characters; at most ${grouped(maxCharacters)} are read`);
  const strange = foreignCharacter.exec(text);
  if (strange) throw refuse(`it holds the character ${JSON.stringify(printable(strange[0]))}`, strange.index);
  counter.addNewLine(0);
  const parser = new Parser(counter.addNewLine);
  const tokens: CST.Token[] = [];
  let read = 0;
  for (const source of new Lexer().lex(text)) {
    // the parser yields what has ended, and keeps what is still open
    tokens.push(...parser.next(source));
    if (parser.stack.length > maxDepth)
      throw refuse(`it is nested more than ${maxDepth} levels deep`, parser.offset);
    if (++read > maxTokens) throw refuse(`it has more than ${grouped(maxTokens)} words and signs`);
  }
  tokens.push(...parser.end());
  return tokens;
}

/** Every key is a plain value, has its colon where YAML wants it, and is there once in its mapping. */
function checkKeys(
  document: Document,
  fail: (message: string, offset: number, hint?: string) => AppError,
): void {
  visit(document, {
    Map(_, { items, srcToken: map }: YAMLMap<unknown, unknown>) {
      const seen = new Set<string>();
      for (const { key, srcToken: pair } of items as readonly Pair<unknown, unknown>[]) {
        const at = isNode(key) ? (key.range?.[0] ?? 0) : 0;
        // a colon without a key has nothing for one, also where YAML has no place for it: the library lets it pass
        if (!isScalar(key) || key.value === null) throw fail("a key must be a name", at, "write key: value");
        if (map?.type === "block-map" && pair && isAstray(pair, map.indent))
          throw fail("it is not YAML: the colon of a key stands on another line", at, "write key: value");
        const name = String(key.value);
        if (seen.has(name)) throw fail("the key is there twice", at, "keep one of them");
        seen.add(name);
      }
    },
  });
}

/**
 * Whether the colon of a key in a block is elsewhere than YAML has it (1.2.2, rules 189 to 193), which the library lets pass: on the
 * key's line, or below the ? of a key that has one.
 */
function isAstray({ start, sep = [] }: CST.CollectionItem, indent: number): boolean {
  const at = sep.findIndex(({ type }) => type === "map-value-ind");
  if (at < 0) return false;
  return start.some(({ type }) => type === "explicit-key-ind")
    ? sep[at]?.indent !== indent
    : sep.slice(0, at).some(({ type }) => type === "newline");
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
    Alias(_, node, around) {
      count++;
      const at = node.range?.[0] ?? 0;
      if (count > maxAliases) throw fail(`more than ${maxAliases} aliases`, at);
      const named = node.resolve(document);
      if (around.some((outer) => outer === named)) throw fail("an alias stands inside what it names", at);
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
