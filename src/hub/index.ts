// Hugging Face folders: config.json, safetensors, tokenizer.json.
export { type Assets, assetJson, assetLength, MODULES, modulesOf, readAssets } from "./assets.ts";
export { type Checkpoint, openCheckpoint, readConfig } from "./checkpoint.ts";
export { finite } from "./finite.ts";
export { headWarnings, labelsOf, otherHead, placeholders } from "./labels.ts";
export { noTokenizer } from "./no-tokenizer.ts";
export { type OpenOptions, openTokenizer, tokenizerFiles } from "./open-tokenizer.ts";
export { readSafetensors, writeSafetensors } from "./safetensors.ts";
export type { Tokenizer } from "./tokenizer.ts";
