// The model card: README.md of the output folder, with the front matter that the Hugging Face Hub reads.
import { basename } from "node:path";
import { stringify } from "yaml";
import type { RunRecord, Stage } from "../record/index.ts";
import { fenced, inline, tableText } from "./markdown.ts";
import { costTable, factsTable, latencyTable, qualityTable, type Table } from "./tables.ts";
import { headline } from "./words.ts";

/** The card: front matter with the measured results, how to load the model, figures, warnings and recipe. */
export function renderCard(record: RunRecord): string {
  const final = record.stages.find(({ name }) => name === record.result.stage);
  const only = (table: Table): Table => {
    const names = [record.stages[0]?.name, record.result.stage];
    return { ...table, rows: table.rows.filter(([name]) => names.includes(name)) };
  };
  const tables = [qualityTable(record), costTable(record), latencyTable(record)].flatMap((table) =>
    table ? [`### ${table.title.replace(" by stage", "")}\n\n${tableText(only(table), 20)}`] : [],
  );
  const worse = [...(record.warnings ?? []), ...(final?.warnings ?? [])].map(
    (warning) => `- ${inline(warning, 300)}`,
  );
  const sections = [
    `---\n${stringify(frontMatter(record, final))}---`,
    `# ${inline(record.name)}`,
    inline(headline(record), 400),
    ...usage(record, final),
    "## Figures",
    ...tables,
    ...(worse.length === 0 ? [] : [`### To know before use\n\n${worse.join("\n")}`]),
    "All stages, intervals and refusals: `report.html`, `report.json`.",
    `## How it was made\n\n${steps(record)}\n\n${fenced(record.recipe.text, "yaml", 8000)}`,
    tableText(factsTable(record), 20),
    `Made by minnow ${inline(record.minnow)}.`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function frontMatter(record: RunRecord, final: Stage | undefined): object {
  const { teacher, task } = record;
  const results = task === undefined ? [] : resultsOf(record, task, final);
  return {
    ...(teacher.license !== undefined && { license: teacher.license }),
    ...(teacher.model !== undefined && { base_model: teacher.model, base_model_relation: "quantized" }),
    ...(task !== undefined && { pipeline_tag: task }),
    library_name: "transformers.js",
    tags: [
      "minnow",
      "onnx",
      ...new Set(record.stages.slice(1).map(({ method }) => method.split(".")[0] ?? method)),
    ],
    ...(results.length > 0 && { "model-index": [{ name: record.name, results }] }),
  };
}

function resultsOf({ data }: RunRecord, task: string, final: Stage | undefined): object[] {
  const { accuracy } = final?.metrics ?? {};
  if (accuracy === undefined || data.test === undefined) return [];
  const name = basename(data.test.path);
  return [
    {
      task: { type: task },
      dataset: { name, type: name, split: "test" },
      metrics: [{ type: "accuracy", value: Number(accuracy.value.toFixed(4)), name: "Accuracy" }],
    },
  ];
}

/** What the file's name means to transformers.js. */
const dtypeOf: Readonly<Record<string, string>> = {
  "onnx/model.onnx": "fp32",
  "onnx/model_fp16.onnx": "fp16",
  "onnx/model_quantized.onnx": "q8",
  "onnx/model_q4.onnx": "q4",
};

function usage({ task, name }: RunRecord, final: Stage | undefined): string[] {
  const dtype = dtypeOf[final?.file ?? ""];
  if (task === undefined || dtype === undefined) return [];
  const [first, second, third] = [task, name, dtype].map((text) => JSON.stringify(text));
  const code = `import { pipeline } from "@huggingface/transformers";

const run = await pipeline(${first}, ${second}, { dtype: ${third} });
console.log(await run("..."));`;
  return [`## Use\n\n${fenced(code, "js", 4000)}`];
}

const steps = ({ stages }: RunRecord): string =>
  stages
    .slice(1)
    .map(({ name, method }, i) => `${i + 1}. ${inline(name)} (\`${method.replace(/[^\w.-]/g, "")}\`)`)
    .join("\n");
