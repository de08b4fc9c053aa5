// What the page of a comparison has besides the style sheet of every page.

/** CSS without any reference to a file. */
export const sheet = `
a{color:inherit;text-decoration-color:var(--accent);text-underline-offset:.2em}
.chart .grid{stroke:var(--line);stroke-width:1}
.chart .front{stroke:var(--accent);stroke-width:2}
.chart .dot .body{fill:var(--accent);stroke:var(--accent);stroke-width:2}
.chart .dot.rest .body{fill:var(--card);stroke:var(--quiet)}
.chart .dot text{font-size:11.5px;font-weight:600;text-anchor:middle;fill:var(--card)}
.chart .dot.rest text{fill:var(--ink)}
.key{display:flex;flex-wrap:wrap;gap:.15rem 2.2rem;margin:.6rem 0 0;padding-left:1.5rem;font-size:.86rem;
overflow-wrap:anywhere}
.stand{margin:0 0 1.8rem;padding-left:1.1rem;overflow-wrap:anywhere}
.stand li{margin:.25rem 0}
`;
