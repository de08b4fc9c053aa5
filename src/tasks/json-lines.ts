// Line numbers of the elements of a JSON array, for messages: JSON.parse does not keep them.

/** Lines (from 1) where the elements of the array at the top, or under `key`, begin; `text` is valid JSON. */
export function elementLines(text: string, key: string | undefined): number[] {
  const depth = key === undefined ? 1 : 2;
  let lines: number[] = [];
  let line = 1;
  let open = 0;
  let inside = key === undefined;
  let fresh = false;
  let lastString = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "\n") line++;
    if (char === undefined || /\s/.test(char)) continue;
    if (fresh && char !== "]") lines.push(line);
    fresh = false;
    if (char === '"') {
      const end = endOfString(text, at);
      lastString = text.slice(at, end + 1);
      at = end;
    } else if (char === "[" || char === "{") {
      open++;
      fresh = inside && open === depth && char === "[";
      if (fresh) lines = [];
    } else if (char === "]" || char === "}") {
      open--;
    } else if (char === ",") {
      fresh = inside && open === depth;
    } else if (char === ":" && open === 1) {
      inside = JSON.parse(lastString) === key;
    }
  }
  return lines;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}
