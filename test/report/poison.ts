// Records full of hostile text, for every test of what a report makes of names.

/** Texts that would be markup, links, scripts or a reversed line, if anything took them for it. */
export const hostile: readonly string[] = [
  `<script>alert(1)</script>`,
  `"><script>alert(1)</script>`,
  `</script><script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onload='alert(1)' autofocus onfocus='alert(1)`,
  `</title></style></pre><iframe src=//evil>`,
  `</style><style>*{background:url(http://evil.example/x)}</style>`,
  "javascript:alert(1)",
  "`code` | cell\n| --- |\n# heading",
  "[link](javascript:alert(1)) ![x](http://evil/x.png)",
  "@someone #12 http://evil.example www.evil.example",
  "---\nlicense: mit\n---\n",
  "\u202egnp.exe\u0000\u001b[31m",
  "```\nend of fence",
  "</svg></figure></main>",
  "</details></summary>",
];

/** Words that are chosen from a list, and what tells the kind of a file. */
const kept = ["schema", "file", "unit", "better", "role"];

/** The record with every name, path and reason replaced; keys and figures stay. */
export function poison<T>(value: T, text: string, key?: string): T;
export function poison(value: unknown, text: string, key = ""): unknown {
  if (Array.isArray(value)) return value.map((each) => poison(each, text, key));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, poison(each, text, name)]));
  }
  return typeof value === "string" && !kept.includes(key) ? text : value;
}
