// JUnit XML: a test case for each requirement, as build servers read it.
import type { GateResult, GateRow } from "./gate.ts";

/** One suite; what fails is a failure, what passes only for want of certainty is skipped. */
export function junit({ report, requirements }: GateResult): string {
  const failures = requirements.filter(({ failed }) => failed).length;
  const skipped = requirements.filter(isSkipped).length;
  const counts = `tests="${requirements.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="minnow gate" ${counts}>`,
    `  <testsuite name="${xml(report)}" ${counts}>`,
    ...requirements.map(testCase),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

const isSkipped = ({ failed, verdict }: GateRow): boolean => !failed && verdict === "inconclusive";

function testCase(row: GateRow): string {
  const head = `    <testcase classname="minnow.gate" name="${xml(row.text)}"`;
  const words = xml(row.words);
  if (row.failed) {
    const failure = `<failure type="${row.verdict}" message="${words}">${words}</failure>`;
    return `${head}>\n      ${failure}\n    </testcase>`;
  }
  if (isSkipped(row)) return `${head}>\n      <skipped message="${words}"/>\n    </testcase>`;
  return `${head}/>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text of an attribute or an element; characters that XML 1.0 does not have are U+FFFD. */
const xml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"'\t\n\r]/g, (character) => entities[character] ?? character);
