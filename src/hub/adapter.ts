// A folder that holds an adapter (LoRA and its like) and not the model that it changes.
import { join } from "node:path";
import { AppError, asObject, parseJson } from "../base/index.ts";
import { readText } from "./read.ts";

const FILE = "adapter_config.json";
const LIMIT = 1_000_000;

/** The error for such a folder, which names the base model and how to merge; undefined for any other folder. */
export function adapterError(folder: string): AppError | undefined {
  const path = join(folder, FILE);
  const text = readText(path, LIMIT);
  if (text === undefined) return undefined;
  const { peft_type: kind, base_model_name_or_path: base } = asObject(parseJson(text, path)) ?? {};
  const named = typeof base === "string" && base !== "" ? JSON.stringify(base) : "its base model";
  const what = typeof kind === "string" ? `${kind} adapter` : "adapter";
  return new AppError("input", `it is a ${what} of ${named}, not a whole model`, {
    path: folder,
    hint:
      "merge it into its base once, where PyTorch is: AutoPeftModelForSequenceClassification.from_pretrained(folder)" +
      ".merge_and_unload().save_pretrained(merged), and save the base's tokenizer there",
  });
}
