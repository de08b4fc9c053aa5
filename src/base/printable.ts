// Text from elsewhere as it may be printed: one line that steers no terminal, no build server and no reader's eye.

/** Characters of a printed line; the rest of a longer text is cut. */
const lineRoom = 2000;

/** A password in an address: `scheme://user:password@host`. */
const password = /(\b[a-z][\w+.-]{0,20}:\/\/[^\s/:@]{0,100}):[^\s/@]{1,500}@/gi;

/** Controls (C0, C1), format characters (direction, joiners, tags), separators of lines, halves of surrogate pairs. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * The text on one line of at most `limit` characters: what does not show is escaped (`\n`, `\x1b`, `\u202e`), and so is the
 * beginning of what a build server takes for a command (`::error::`, `##[`). The password of an address is left out. Printable
 * text stays as it is.
 */
export function printable(text: string, { limit = lineRoom }: { readonly limit?: number } = {}): string {
  // a long text is cut before it is escaped, so that its length costs nothing
  const plain = text
    .slice(0, 2 * limit)
    .replace(hidden, escaped)
    .replace(password, "$1:***@")
    .replace(/^(\s*):(?=:)/, "$1\\x3a")
    .replace(/#(?=#\w*\[)/g, "\\x23");
  if (plain.length <= limit) return plain;
  const letters = [...plain];
  const whole = letters.length <= limit && text.length <= 2 * limit;
  return whole ? plain : `${letters.slice(0, limit - 1).join("")}…`;
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  if (code.length > 4) return `\\u{${code}}`;
  return (
    short[character] ?? (code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`)
  );
}
