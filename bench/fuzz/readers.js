// The readers that are fuzzed: what an input is made from, and what reads it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mutateBytes } from "./bytes.js";
import { mutateJson } from "./json.js";
import { mutateMessage } from "./protobuf.js";
import { mutateRows } from "./rows.js";
import * as seeds from "./seeds.js";
import { mutateYaml } from "./yaml.js";

/** Bytes of one input are at most this many. */
const ROOM = 1 << 16;

const jsonOf = (list) => (random) => {
  const text = mutateJson(random.one(list), random);
  if (random.below(6) > 0) return Buffer.from(text);
  return mutateBytes(Buffer.from(text), Buffer.from(JSON.stringify(list[0])), random);
};

const makers = {
  safetensors(random) {
    const [{ header, data }, other] = [random.one(seeds.safetensors), seeds.safetensors[0]];
    const bytes = seeds.safetensorsOf(JSON.stringify(header), data);
    if (random.below(2) === 0)
      return mutateBytes(bytes, seeds.safetensorsOf(JSON.stringify(other.header), other.data), random);
    return seeds.safetensorsOf(
      mutateJson(header, random),
      data.subarray(0, data.length - (random.below(8) === 0)),
    );
  },
  onnx(random) {
    const [one, other] = [random.one(seeds.onnx), random.one(seeds.onnx)];
    return random.below(3) === 0 ? mutateBytes(one, other, random) : mutateMessage(one, other, random);
  },
  yaml(random) {
    const [one, other] = [random.one(seeds.yaml), random.one(seeds.yaml)];
    if (random.below(5) === 0) return mutateBytes(Buffer.from(one), Buffer.from(other), random);
    return Buffer.from(mutateYaml(one, other, random));
  },
  config: jsonOf(seeds.configs),
  tokenizer: jsonOf(seeds.tokenizers),
  tsv: (random) => mutateRows(random.one(seeds.tables), random.one(seeds.tables), random),
  csv: (random) => mutateRows(random.one(seeds.tables), random.one(seeds.tables), random),
  json: jsonOf(seeds.lists),
  jsonl(random) {
    const lines = seeds.lists[0].map((row) => mutateJson(row, random));
    return random.below(4) === 0
      ? mutateRows(lines.join("\n"), lines.join("\r\n"), random)
      : Buffer.from(lines.join("\n"));
  },
  report: jsonOf(seeds.reports),
  lock: jsonOf(seeds.locks),
};

export const readerNames = Object.keys(makers);

/** Input `i` of a reader. */
export const inputOf = (name, random) => makers[name](random).subarray(0, ROOM);

/**
 * Functions that read an input as minnow does, over the folders of the code that `load` gives ("hub": its exports); what they
 * write lies below `folder`. Each throws what the reader throws.
 */
export async function readersOf(load, folder) {
  const [hub, onnx, ops, ir, recipe, families, tasks, record, pipeline] = await Promise.all(
    ["hub", "onnx", "ops", "ir", "recipe", "families", "tasks", "record", "pipeline"].map(load),
  );
  const place = (name, bytes) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  for (const name of ["own", "t"]) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ["t.tsv", "train.tsv"]) place(name, "text\tlabel\na\tb\n");
  const table = (ending) => async (bytes) => {
    place(`data.${ending}`, bytes);
    const source = await tasks.readSource(`data.${ending}`, folder);
    source.at(source.rows.length - 1);
  };
  return {
    safetensors(bytes) {
      for (const tensor of hub.readSafetensors(place("model.safetensors", bytes)).values()) tensor.bytes;
    },
    onnx(bytes) {
      const { graph } = onnx.readModelBytes(bytes, "m.onnx", ops.opTable);
      ir.verify(graph, "m.onnx");
      for (const tensor of graph.weights.values()) tensor.bytes;
    },
    yaml: (bytes) =>
      void recipe.parseRecipe(bytes.toString("utf8"), join(folder, "recipe.yaml"), undefined, folder),
    config(bytes) {
      place("own/config.json", bytes);
      families.describeFolder(join(folder, "own"));
    },
    async tokenizer(bytes) {
      place("own/tokenizer.json", bytes);
      const tokenizer = await hub.openTokenizer(join(folder, "own"));
      for (const text of ["", "play some music", "a\u0000b \u{1f600} naïve  x"]) tokenizer?.encode(text, 16);
    },
    tsv: table("tsv"),
    csv: table("csv"),
    json: table("json"),
    jsonl: table("jsonl"),
    report: (bytes) => void record.readRecord(place("report.json", bytes), folder),
    lock(bytes) {
      place("own/minnow.lock.json", bytes);
      pipeline.filesOfResult(join(folder, "own"));
    },
  };
}
