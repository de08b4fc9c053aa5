// A model without tokenizer.json: why text cannot be read for it, and how to make one from what is there.
import { dirname, join } from "node:path";
import { AppError, fileState } from "../base/index.ts";

/** Files of the older tokenizers, which transformers turns into tokenizer.json. */
const older = ["vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model"];

/** The AppError `input` for a model folder, or an ONNX file, that has no tokenizer.json beside it. */
export function noTokenizer(path: string): AppError {
  const folders = path.endsWith(".onnx") ? [dirname(path), dirname(dirname(path))] : [path];
  const found = older.find((name) => folders.some((folder) => fileState(join(folder, name))));
  const made = "AutoTokenizer.from_pretrained(folder).save_pretrained(folder)";
  const hint =
    found === undefined
      ? "put the tokenizer.json that the model was trained with beside it"
      : `make it from ${found} once, where Python is: ${made}`;
  return new AppError("input", "it has no tokenizer.json, so text cannot be read for it", { path, hint });
}
