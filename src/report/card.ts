// The model card: README.md of the output folder, with the front matter that the Hugging Face Hub reads.
import { basename } from "node:path";
import { stringify } from "yaml";
import { metricsOf, metricTitle, type RunRecord, type Stage } from "../record/index.ts";
import { fenced, inline, tableText } from "./markdown.ts";
import { filesLine, nextOf } from "./next.ts";
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
    ...usage(record),
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
  const quality = metricsOf(final ? [final] : []).filter(({ role }) => role === "quality");
  if (quality.length === 0 || data.test === undefined) return [];
  const name = basename(data.test.path);
  return [
    {
      task: { type: task },
      dataset: { name, type: name, split: "test" },
      metrics: quality.map(({ name: type, value }) => ({
        type,
        value: Number(value.toFixed(4)),
        name: metricTitle(type),
      })),
    },
  ];
}

function usage(record: RunRecord): string[] {
  const { files, code } = nextOf(record);
  if (code === undefined) return [];
  const needed = `It needs ${inline(filesLine(files), 600)}. The code stands beside this folder, after \`npm install @huggingface/transformers\`.`;
  return [
    `## Use\n\n${needed}\n\nIn Node, as a module:\n\n${fenced(code.node, "js", 4000)}`,
    `In a browser, as a page that a server of files gives out:\n\n${fenced(code.page, "html", 4000)}`,
  ];
}

const steps = ({ stages }: RunRecord): string =>
  stages
    .slice(1)
    .map(({ name, method }, i) => `${i + 1}. ${inline(name)} (\`${method.replace(/[^\w.-]/g, "")}\`)`)
    .join("\n");
