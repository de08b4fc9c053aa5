// Einsum: sums of products over named axes.
import { AppError, unread } from "../base/index.ts";
import type { Builder, Dim, Value } from "../ir/index.ts";
import { defineOp, type Link, type Place, str } from "./define.ts";
import { broadcast } from "./shapes.ts";

interface Equation {
  /** Letters of each operand's axes; "." stands for the ellipsis. */
  readonly operands: readonly string[];
  readonly result: string;
}

const letters = (term: string): readonly string[] => [...term];

/** The equation in letters; without "->" the result has each letter that stands once, in order. */
function parsed(text: string, count: number): Equation {
  const plain = text.replaceAll(/\s+/g, "").replaceAll("...", ".");
  const [left = "", right] = plain.split("->");
  const operands = left.split(",");
  const all = letters(operands.join(""));
  const once = [...new Set(all)].filter(
    (letter) => letter !== "." && all.indexOf(letter) === all.lastIndexOf(letter),
  );
  const result = right ?? `${all.includes(".") ? "." : ""}${once.sort().join("")}`;
  const wrong = operands.length !== count || letters(result).some((letter) => !all.includes(letter));
  if (wrong || !/^[A-Za-z.,]*$/.test(`${left}${result}`))
    throw new AppError(
      "input",
      `Einsum: the equation ${JSON.stringify(text)} does not fit ${count} operands`,
    );
  return { operands, result };
}

/** Letters of the axes of an operand of this rank, those under the ellipsis numbered from the right. */
function axesOf(term: string, rank: number, equation: string): readonly string[] {
  const hidden = rank - letters(term).filter((letter) => letter !== ".").length;
  if (hidden < 0 || (hidden > 0 && !term.includes(".")))
    throw new AppError("input", `Einsum: ${term} of ${equation} does not fit a tensor of rank ${rank}`);
  return letters(term).flatMap((letter) =>
    letter === "." ? Array.from({ length: hidden }, (_, i) => `.${hidden - i}`) : [letter],
  );
}

interface Read {
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
}

function read(equation: string, Xs: readonly Value[]): Read {
  const { operands, result } = parsed(equation, Xs.length);
  const axes = operands.map((term, i) => axesOf(term, Xs[i]?.type.shape.length ?? 0, equation));
  const hidden = Math.max(0, ...axes.map((list) => list.filter((letter) => letter.startsWith(".")).length));
  const under = Array.from({ length: hidden }, (_, i) => `.${hidden - i}`);
  return { operands: axes, result: letters(result).flatMap((letter) => (letter === "." ? under : [letter])) };
}

/** Lengths of each letter's axis in all operands. */
function lengths({ operands }: Read, Xs: readonly Value[], letter: string): readonly Dim[] {
  return operands.flatMap((list, i) =>
    list.flatMap((one, axis) => (one === letter ? [Xs[i]?.type.shape[axis] ?? 1] : [])),
  );
}

/** dX_i = einsum of dY and the other operands; axes that only X_i has are spread over. */
function gradientOf(b: Builder, Xs: readonly Value[], dY: Value, found: Read, i: number): Value {
  const own = found.operands[i] ?? [];
  const others = found.operands.filter((_, at) => at !== i);
  const sources = new Set([...found.result, ...others.flat()]);
  const there = own.filter((letter) => sources.has(letter));
  const terms = [found.result, ...others].map((list) => list.join(""));
  const operands = [dY, ...Xs.filter((_, at) => at !== i)];
  const part = b.op("Einsum", operands, { equation: `${terms.join(",")}->${there.join("")}` });
  const missing = own.flatMap((letter, axis) => (sources.has(letter) ? [] : [axis]));
  return missing.length === 0 ? part : b.unsqueeze(part, missing);
}

/** A sum of products over the axes that the result does not name (NumPy's einsum). */
export const Einsum = defineOp({
  type: "Einsum",
  since: 12,
  inputs: ["...Xs"],
  outputs: ["Y"],
  alike: [["Xs"]],
  attrs: { equation: str() },
  infer({ Xs, attrs, fresh }) {
    const [first] = Xs;
    if (!first) throw new AppError("input", "Einsum needs an operand");
    const found = read(attrs.equation, Xs);
    const shape = new Map<string, Dim>();
    for (const letter of new Set(found.operands.flat())) {
      const dims = lengths(found, Xs, letter).map((dim) => [dim]);
      shape.set(letter, broadcast(dims, fresh, `Einsum ${attrs.equation}`)[0] ?? 1);
    }
    return { Y: { dtype: first.type.dtype, shape: found.result.map((letter) => shape.get(letter) ?? 1) } };
  },
  grad(b, { Xs, dY, attrs }) {
    const found = read(attrs.equation, Xs);
    const twice = found.operands.some((list) => new Set(list).size < list.length);
    if (twice || attrs.equation.includes(".")) {
      throw unread("Einsum: the gradient of a diagonal or of axes under an ellipsis is not known");
    }
    const unequal = found.operands.flat().some((letter) => new Set(lengths(found, Xs, letter)).size > 1);
    if (unequal) throw unread("Einsum: the gradient of axes that broadcast is not known");
    return { Xs: Xs.map((_, i) => gradientOf(b, Xs, dY, found, i)) };
  },
  axes({ Xs, attrs }) {
    const found = read(attrs.equation, Xs);
    if (found.operands.some((list) => new Set(list).size < list.length)) return [];
    return [...new Set(found.operands.flat())].flatMap((letter): Link[] => {
      if (new Set(lengths(found, Xs, letter)).size > 1 || lengths(found, Xs, letter)[0] === 1) return [];
      const places = [...found.operands, found.result].flatMap((list, i): Place[] => {
        const axis = list.indexOf(letter);
        return axis < 0 ? [] : [[i < Xs.length ? `Xs.${i}` : "Y", axis]];
      });
      return [places];
    });
  },
  examples: [
    {
      inputs: [
        [2, 3],
        [3, 4],
      ],
      attrs: { equation: "ij,jk->ik" },
    },
    {
      inputs: [
        [2, 3, 4],
        [2, 5, 4],
      ],
      attrs: { equation: "bij, bkj -> bik" },
    },
    {
      inputs: [
        [2, 3, 4, 5],
        [2, 6, 4, 5],
      ],
      attrs: { equation: "bqhd,bkhd->bhqk" },
    },
    { inputs: [[2, 3]], attrs: { equation: "ij->ji" } },
    { inputs: [[2, 3]], attrs: { equation: "ij->i" } },
    { inputs: [[2, 3], [3], [2]], attrs: { equation: "ij,j,i" } },
    { inputs: [[3, 3]], attrs: { equation: "ii->i" } },
    {
      inputs: [
        [2, 3, 4],
        [4, 5],
      ],
      attrs: { equation: "...ij,jk->...ik" },
    },
  ],
});
