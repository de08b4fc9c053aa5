// A tokenizer of a Hugging Face folder, as tasks use it.

/** Token ids of one text, and which of its sequences each belongs to. */
export interface Tokens {
  readonly inputIds: readonly number[];
  readonly tokenTypeIds: readonly number[];
}

export interface Tokenizer {
  /**
   * Token ids with special tokens, cut to `maxLength` tokens (special tokens stay), as the fast tokenizers
   * of transformers for Python give them.
   */
  encode(text: string, maxLength: number): Tokens;
  /**
   * True where transformers.js, with the files of `filesFor`, gives other ids. `own` is what `encode` gave;
   * most texts are told by it alone.
   */
  differs(text: string, maxLength: number, own: readonly number[]): boolean;
  /** Largest number of tokens that tokenizer_config.json allows; undefined where it says none. */
  readonly maxLength: number | undefined;
  readonly padId: number;
  /** The mask token's id, and the ids of special tokens, which are never masked; undefined where there is no mask token. */
  readonly mask: { readonly id: number; readonly special: ReadonlySet<number> } | undefined;
  /** Settings that are not followed everywhere, a sentence each. */
  readonly warnings: readonly string[];
  /**
   * Files that belong in an output folder, name to bytes: as they were found, with what transformers.js
   * needs added for a model that takes `maxLength` tokens.
   */
  filesFor(maxLength: number): ReadonlyMap<string, Uint8Array>;
}
