// Inputs that fuzzing found, one of each refusal: every reader answers or refuses, soon, and never as a defect of minnow.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../docs/documents.ts";

type Read = (bytes: Buffer) => unknown;
interface Tried {
  readonly verdict: "valid" | "refused" | "wrong";
  readonly words?: string;
}
interface Fuzz {
  readersOf(
    load: (name: string) => Promise<unknown>,
    folder: string,
  ): Promise<Readonly<Record<string, Read>>>;
  inputOf(name: string, random: unknown): Buffer;
  randomOf(text: string): unknown;
  tried(read: Read, bytes: Buffer): Promise<Tried>;
}
const modules = ["readers", "random", "try"].map(
  (name) => import(pathToFileURL(join(root, `bench/fuzz/${name}.js`)).href),
);
const { readersOf, inputOf, randomOf, tried }: Fuzz = Object.assign({}, ...(await Promise.all(modules)));
const folder = mkdtempSync(join(tmpdir(), "minnow-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true }));
const readers = await readersOf((name) => import(`../../src/${name}/index.ts`), folder);
const corpus = join(root, "fixtures/fuzz");

describe.each(Object.entries(readers))("%s", (name, read) => {
  test("the corpus", async () => {
    const inputs: Readonly<Record<string, string>> = JSON.parse(
      readFileSync(join(corpus, `${name}.json`), "utf8"),
    );
    expect(Object.keys(inputs).length).toBeGreaterThan(1);
    const wrong = [];
    for (const [sentence, bytes] of Object.entries(inputs)) {
      const found = await tried(read, Buffer.from(bytes, "base64"));
      if (found.verdict === "wrong") wrong.push(`${sentence}: ${found.words}`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  test("a hundred inputs by chance, some of which are valid, some not", async () => {
    const verdicts: string[] = [];
    for (let i = 0; i < 100; i++) {
      const { verdict, words } = await tried(read, inputOf(name, randomOf(`test ${name} ${i}`)));
      verdicts.push(verdict === "wrong" ? `${i}: ${words}` : verdict);
    }
    expect([...new Set(verdicts)].toSorted()).toEqual(["refused", "valid"]);
  }, 60_000);
});
