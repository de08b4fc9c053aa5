// Sorting of a page's tables: what a cell counts for, and the one script that a page runs.

/** Of units that stand in cells: bytes, milliseconds. */
const scales: Readonly<Record<string, number>> = {
  ...{ bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ ms: 1, s: 1e3, min: 60e3, h: 3600e3 },
};

/**
 * The number that a cell of figures begins with, in bytes or milliseconds where it has such a unit: "900 kB" is
 * 900000, "6 min 53 s" 413000, "−0.50 to +0.77" −0.5; undefined where there is none.
 */
export function sortValue(cell: string): number | undefined {
  const part = /\s?([−+]?)(\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)(?:\s(bytes|[kMGT]B|ms|s|min|h)\b)?/y;
  let value: number | undefined;
  for (let found = part.exec(cell); found; found = part.exec(cell)) {
    const [, sign, figure = "", unit] = found;
    const size = Number(figure.replaceAll(",", "")) * (unit === undefined ? 1 : (scales[unit] ?? 1));
    value = (value ?? 0) + (sign === "−" ? -size : size);
    if (unit === undefined) break;
  }
  return value;
}

/**
 * Makes header cells into buttons: up, down, and back to the order of the page. Equal rows keep their order, and
 * cells without a figure come last. Opens what is folded before it is printed. It makes no markup of any text.
 */
export const script = `
"use strict";
const words = new Intl.Collator("en", { numeric: true });
const keyOf = ({ dataset, textContent }) => "sort" in dataset ? Number(dataset.sort) : textContent;
const order = (a, b) =>
  typeof a !== typeof b ? (typeof a === "number" ? -1 : 1) : typeof a === "number" ? a - b : words.compare(a, b);
const next = { none: "ascending", ascending: "descending", descending: "none" };
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  if (rows.length > 1) heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const way = next[head.getAttribute("aria-sort") ?? "none"];
      for (const each of heads) each.removeAttribute("aria-sort");
      if (way === "none") return body.append(...rows);
      head.setAttribute("aria-sort", way);
      const keyed = rows.map((row) => [row, keyOf(row.cells[column])]);
      const [filled, empty] = [true, false].map((is) => keyed.filter(([, key]) => (key !== "–") === is));
      filled.sort(([, a], [, b]) => way === "ascending" ? order(a, b) : order(b, a));
      body.append(...[...filled, ...empty].map(([row]) => row));
    });
  });
}
const unfolded = new Set();
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not([open])")) {
    unfolded.add(each);
    each.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const each of unfolded) each.open = false;
  unfolded.clear();
});
`;
