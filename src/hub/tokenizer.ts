// A tokenizer of a Hugging Face folder, as tasks use it.

export interface Tokenizer {
  /** Token ids with special tokens, cut to `maxLength` tokens (the last special token stays). */
  encode(
    text: string,
    maxLength: number,
  ): { readonly inputIds: readonly number[]; readonly tokenTypeIds: readonly number[] };
  readonly padId: number;
  /** The mask token's id, and the ids of special tokens, which are never masked; undefined where there is no mask token. */
  readonly mask: { readonly id: number; readonly special: ReadonlySet<number> } | undefined;
  /** Files that belong in an output folder: name to bytes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}
