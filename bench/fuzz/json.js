// Mutations of JSON values: what stands at a place is dropped, doubled, replaced, renamed, nested.

/** Values that readers stumble over. */
const odd = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  1e-308,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  "",
  "0",
  "-1",
  "a\u0000b",
  "\u001b[2J",
  "::error::x",
  "\ud800",
  "../../etc/passwd",
  "constructor",
  "x".repeat(5000),
  [],
  {},
  [[]],
  [null],
  { a: {} },
  { length: 3 },
];
const names = [
  "__proto__",
  "constructor",
  "toString",
  "length",
  "",
  "a",
  "\u0000",
  "name",
  "type",
  "0",
  "-1",
];

/** The value with one to four changes, as a text; now and then the text is changed too. */
export function mutateJson(value, random) {
  const copy = structuredClone(value);
  const holder = { root: copy };
  for (let n = 1 + random.below(4); n > 0; n--) changeOne(holder, random);
  const text = JSON.stringify(holder.root) ?? "null";
  return random.below(8) === 0 ? spoiled(text, random) : text;
}

function changeOne(holder, random) {
  const places = [];
  collect(holder, "root", places);
  const { parent, key } = random.one(places);
  const value = parent[key];
  switch (random.below(9)) {
    case 0:
    case 1:
      set(parent, key, structuredClone(random.one(odd)));
      break;
    case 2:
      if (Array.isArray(parent)) parent.splice(key, 1);
      else if (parent !== holder) delete parent[key];
      break;
    case 3: {
      const other = random.one(places);
      set(parent, key, structuredClone(other.parent[other.key]));
      break;
    }
    case 4:
      if (Array.isArray(value)) value.push(...structuredClone(value.slice(0, 50)));
      else if (value && typeof value === "object")
        set(value, random.one(names), structuredClone(random.one(odd)));
      break;
    case 5:
      if (!Array.isArray(parent) && parent !== holder) {
        delete parent[key];
        set(parent, random.one(names), value);
      }
      break;
    case 6: {
      let nested = value;
      for (let n = 1 << random.below(8); n > 0; n--) nested = random.below(2) ? [nested] : { a: nested };
      set(parent, key, nested);
      break;
    }
    case 7:
      if (typeof value === "number")
        set(parent, key, random.one([-value, value + 1, value * 1e9, 1 / value, value / 3]));
      else if (typeof value === "string")
        set(parent, key, value + random.one(["\u202e", " ", "0", value, "\\", '"', "(((("]));
      else set(parent, key, JSON.stringify(value) ?? "undefined");
      break;
    default:
      set(parent, key, random.one([[value], [value, value], { [random.one(names)]: value }]));
  }
}

/** Own properties also where the name is that of the prototype. */
function set(parent, key, value) {
  if (Array.isArray(parent) && typeof key !== "number") return;
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function collect(parent, key, places) {
  places.push({ parent, key });
  const value = parent[key];
  if (value === null || typeof value !== "object" || places.length > 2000) return;
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) collect(value, i, places);
  else for (const name of Object.keys(value)) collect(value, name, places);
}

const signs = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\u0000",
  "1e999",
  "-",
  "NaN",
  "\ufeff",
  "//",
  "\n",
  "\\",
  "[".repeat(300),
];

function spoiled(text, random) {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.one(signs) + text.slice(at + random.below(3));
}
