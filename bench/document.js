// What the benchmarks say: a section on the terminal, and docs/benchmarks.md from docs/benchmarks.json.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { root } from "./peers.js";
import { markdownTable, table } from "./table.js";

const require = createRequire(import.meta.url);

/** The machine and the versions on minnow's side. */
export function describeHere() {
  const flags = new Set(
    readText("/proc/cpuinfo")
      .match(/^flags\s*:(.*)$/m)?.[1]
      ?.trim()
      .split(/\s+/),
  );
  const telling = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8"].filter((flag) =>
    flags.has(flag),
  );
  return {
    cpu: cpus()[0]?.model.trim(),
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    instructions: telling,
    node: process.versions.node,
    minnow: require("../package.json").version,
    onnxruntimeNode: require("onnxruntime-node/package.json").version,
    load: Number(readText("/proc/loadavg").split(" ")[0] || Number.NaN),
  };
}

function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const figure = (value) => (value === undefined ? "" : value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const range = ({ low, high }) => (low === undefined ? "" : `${low.toFixed(2)} to ${high.toFixed(2)}`);
const verdict = ({ ratio, limit }) => (limit === undefined ? "" : ratio.value <= limit ? "holds" : "missed");
const head = ["what", "minnow", "peer", "ratio", "range", "limit", ""];
const rowsOf = ({ rows }) =>
  rows.map((row) => [
    row.what,
    figure(row.minnow),
    figure(row.peer),
    row.ratio.value.toFixed(2),
    range(row.ratio),
    row.limit === undefined ? "" : String(row.limit),
    verdict(row),
  ]);

/** The section as text for a terminal. */
export function printSection(section) {
  const more = (section.tables ?? []).map(
    ({ title, head: columns, rows, note }) =>
      `\n${title}${note ? ` (${note})` : ""}\n${table(columns, rows)}`,
  );
  return [`\n${section.title}\n`, table(head, rowsOf(section)), ...more].join("");
}

/** Remembers the section and writes the whole document, sections in the order of `names`. */
export function writeDocument(name, section, names) {
  const path = join(root, "docs", "benchmarks.json");
  const known = { ...JSON.parse(readText(path) || "{}"), [name]: section };
  writeFileSync(path, `${JSON.stringify(known, null, 1)}\n`);
  const sections = names.flatMap((one) => (known[one] ? [markdownSection(known[one])] : []));
  writeFileSync(join(root, "docs", "benchmarks.md"), `${opening}\n${sections.join("\n")}`);
}

const opening = `# Benchmarks

Made by \`npm run bench\` (add names for some of them: \`npm run bench -- quantize latency\`); not edited by hand. The peers are Python
programs used as their own guides advise (bench/peers/README.md). Each pair is measured in one run, in turns, on the same
machine. A ratio is minnow's figure over the peer's: below 1 minnow needs less. "Range" is the middle half of the rounds, or a 95 %
interval where the text says so. A limit is what the project holds itself to.
`;

function markdownSection(section) {
  const { title, date, machine, versions, how, tables = [] } = section;
  const { cpu, cores, memoryGb, instructions, node, minnow, onnxruntimeNode, load } = machine;
  const peers = Object.entries(versions ?? {})
    .filter(([key]) => key !== "cpu")
    .map(([key, value]) => `${key} ${value}`);
  const facts = [
    `${cpu}, ${cores} cores (${instructions.join(", ")}), ${memoryGb} GB`,
    `minnow ${minnow}, onnxruntime-node ${onnxruntimeNode}, Node ${node}`,
    ...(peers.length > 0 ? [`peer: ${peers.join(", ")}`] : []),
    `${date}, load ${load.toFixed(1)} at the end`,
  ];
  const more = tables.map(
    ({ title: name, head: columns, rows, note }) =>
      `### ${name}\n\n${note ? `${note}\n\n` : ""}${markdownTable(columns, rows)}`,
  );
  return [
    `## ${title}\n`,
    markdownTable(head, rowsOf(section)),
    how.join("\n\n"),
    `\n\n${facts.join("; ")}.\n`,
    ...more,
  ].join("\n");
}
