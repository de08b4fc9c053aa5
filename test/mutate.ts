// Mutants: a source file imported as `file.ts?mutate=...` is that file with one text of it replaced.

/** One change of one file under src, and what is wrong with it. */
export interface Mutation {
  readonly from: string;
  readonly to: string;
}

const QUERY = "?mutate=";

/** The name under which the mutant of a file is imported. */
export const mutantOf = (file: string, mutation: Mutation): string =>
  `${file}${QUERY}${Buffer.from(JSON.stringify(mutation)).toString("base64url")}`;

/** The plugin of the test runner that makes mutants; a text that is not there exactly once is an error. */
export const mutating = {
  name: "mutants",
  enforce: "pre" as const,
  transform(code: string, id: string): string | undefined {
    const at = id.indexOf(QUERY);
    if (at < 0) return undefined;
    const { from, to }: Mutation = JSON.parse(
      Buffer.from(id.slice(at + QUERY.length), "base64url").toString("utf8"),
    );
    const parts = code.split(from);
    if (parts.length !== 2) throw new Error(`${id.slice(0, at)} has ${parts.length - 1} times ${from}`);
    return parts.join(to);
  },
};
