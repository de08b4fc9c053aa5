// Mutations of tables: separators, quotes, line ends, encodings.

const signs = [
  ",",
  "\t",
  ";",
  "|",
  '"',
  '""',
  "'",
  "\n",
  "\r",
  "\r\n",
  "\n\n\n",
  "\u0000",
  "\ufeff",
  "\u2028",
  "\u001b[31m",
  " ",
  "\\",
  '"\n"',
  "a,b,c\n",
  ",,,,",
  "text",
  "label",
  "1.0",
  "NaN",
  "\n".repeat(500),
  '"'.repeat(101),
  "\t".repeat(300),
  "x".repeat(3000),
];

/** The text with one to six changes; now and then in UTF-16 or with bytes that are no UTF-8. */
export function mutateRows(text, other, random) {
  let out = text;
  for (let n = 1 + random.below(6); n > 0; n--) {
    const at = random.below(out.length + 1);
    const kind = random.below(5);
    if (kind < 3) out = out.slice(0, at) + random.one(signs) + out.slice(at);
    else if (kind === 3) out = out.slice(0, at) + out.slice(at + 1 + random.below(8));
    else out = out.slice(0, at) + other.slice(random.below(other.length));
  }
  const coding = random.below(20);
  if (coding === 0) return Buffer.from(`\ufeff${out}`, "utf16le");
  return coding === 1 ? Buffer.concat([Buffer.from(out), Buffer.from([0xff, 0xc0, 0x0a])]) : Buffer.from(out);
}
