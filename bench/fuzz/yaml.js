// Mutations of YAML: its signs, put in, taken out, moved between lines and levels.

const signs = [
  "? ",
  "- ",
  ": ",
  "&a ",
  "*a",
  "*a ",
  "!!str ",
  "!x ",
  "<<: ",
  "| ",
  "|\n",
  ">\n",
  ">-\n ",
  '"',
  "'",
  "[",
  "]",
  "{",
  "}",
  ",",
  "# ",
  "\n",
  "\n  ",
  "\n    ",
  "\n- ",
  "---\n",
  "...\n",
  "%YAML 1.2\n",
  "%TAG ! x\n",
  "~",
  "null",
  "true",
  ".inf",
  ".nan",
  "0x1f",
  "0o17",
  "1e3",
  "1_000",
  "\t",
  " ",
  "  ",
  "\r\n",
  "\u0000",
  "\u0085",
  "\u2028",
  "\ufeff",
  "\\x41",
  "\\",
  "@",
  "`",
  "=",
  "a: ",
  "a: &a [*a]\n",
  "? ".repeat(30),
  "[".repeat(60),
  "- ".repeat(40),
  "{a: ".repeat(30),
  "2024-01-01",
  "__proto__: ",
  "&a ",
  "::",
  "%",
];

/** The text with one to six changes of signs and lines. */
export function mutateYaml(text, other, random) {
  let out = text;
  for (let n = 1 + random.below(6); n > 0; n--) out = once(out, other, random);
  return out;
}

function once(text, other, random) {
  const at = random.below(text.length + 1);
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return text.slice(0, at) + random.one(signs) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(at + 1 + random.below(4));
    case 4: {
      const lines = text.split("\n");
      const [a, b] = [random.below(lines.length), random.below(lines.length)];
      [lines[a], lines[b]] = [lines[b], lines[a]];
      return lines.join("\n");
    }
    case 5: {
      const lines = text.split("\n");
      const line = random.below(lines.length);
      lines[line] = random.below(2) ? ` ${lines[line]}` : lines[line].replace(/^ {1,2}/, "");
      return lines.join("\n");
    }
    case 6: {
      const lines = text.split("\n");
      lines.splice(random.below(lines.length), 0, random.one(other.split("\n")));
      return lines.join("\n");
    }
    default: {
      const words = text.split(/(?<=\W)/);
      words.splice(random.below(words.length), 1, random.one(words));
      return words.join("");
    }
  }
}
