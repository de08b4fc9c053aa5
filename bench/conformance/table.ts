// docs/conformance.md: what became of ONNX's node tests, by op.
import type { Case } from "./cases.ts";
import type { Skip } from "./skipped.ts";
import type { Verdict } from "./verdict.ts";

export interface Judged {
  readonly one: Case;
  readonly verdict: Verdict;
  /** Why it is skipped, where it is. */
  readonly skip: Skip | undefined;
}

const header = `# Conformance

Made by \`npm run conformance\`; do not edit. ONNX's own node tests (release 1.22): each is a model of one op, or the op's body
of several simpler ones, with tensors that go in and those that must come out. A test passes when the file is read, the types
that minnow infers are those of the expected outputs, what it writes is read again as the same graph, and the engine's
outputs of that graph are the expected ones (relative tolerance 1e-3, as ONNX's own runner; 1e-2 for halves).

- **tests**: tests of a single node of the op. **in bodies**: graphs of several nodes, all known, with the op among them.
- **fixed**: passed with the test's small integer inputs (axes, shapes) as weights: minnow reads them where the graph has
  them fixed, and refuses the op by name where they come at run time.
- **skipped** tests stand in \`bench/conformance/skipped.json\` with the reason and what is said; a skipped test that passes
  fails the run, so the list can only shrink.

`;

/** The page. */
export function page(judged: readonly Judged[], others: ReadonlyMap<string, number>): string {
  const count = (test: (one: Judged) => boolean): number => judged.filter(test).length;
  const passed = count(({ verdict }) => verdict.passed);
  const skipped = count(({ skip }) => skip !== undefined);
  const ops = [...new Set(judged.flatMap(({ one }) => one.ops))].sort();
  const all = judged.length + [...others.values()].reduce((sum, number) => sum + number, 0);
  return `${header}Of ${all} tests ${judged.length} have only ops of the table: ${passed} pass, ${skipped} are skipped.

| op | tests | passed | fixed | in bodies | passed | skipped |
|---|---|---|---|---|---|---|
${ops.map((op) => row(op, judged)).join("\n")}

## Reasons

| reason | tests |
|---|---|
${reasons(judged).join("\n")}

## Ops that are not in the table

Tests that need one of them are not run, by the first that each needs: ${[...others]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([op, tests]) => `${op} ${tests}`)
    .join(", ")}.
`;
}

function row(op: string, judged: readonly Judged[]): string {
  const own = judged.filter(({ one }) => one.nodes === 1 && one.ops[0] === op);
  const bodies = judged.filter(({ one }) => one.nodes > 1 && one.ops.includes(op));
  const passed = (list: readonly Judged[]): number => list.filter(({ verdict }) => verdict.passed).length;
  const fixed = own.filter(({ verdict }) => verdict.passed && verdict.fixed).length;
  const skipped = own.filter(({ skip }) => skip);
  const shown = (number: number): string => (number === 0 ? "" : String(number));
  const cells = [own.length, passed(own), fixed, bodies.length, passed(bodies)].map(shown);
  return `| ${op} | ${cells.join(" | ")} | ${grouped(skipped.map(({ skip }) => skip?.short ?? ""))} |`;
}

/** Each text once with how often it stands. */
function grouped(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => `${count} ${text}`).join(", ");
}

function reasons(judged: readonly Judged[]): readonly string[] {
  const counts = new Map<Skip, number>();
  for (const { skip } of judged) if (skip) counts.set(skip, (counts.get(skip) ?? 0) + 1);
  return [...counts].map(([{ short, reason }, count]) => `| **${short}**: ${reason} | ${count} |`).sort();
}
