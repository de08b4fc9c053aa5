// Hugging Face folders: config.json, safetensors, tokenizer.json.
export type { Tokenizer } from "./tokenizer.ts";
