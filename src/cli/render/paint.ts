// Colour, where it may be used; it never carries meaning alone.
import { styleText } from "node:util";

type Paint = (text: string) => string;

export interface Paints {
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly bold: Paint;
  readonly dim: Paint;
}

/** Whether a stream is a terminal that understands escape codes. */
export const isLive = (
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean => stream.isTTY === true && env.TERM !== "dumb";

/** Paints for a stream: none off a terminal, with NO_COLOR, TERM=dumb or --no-color. */
export function paints(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  wanted: boolean,
): Paints {
  const use = wanted && isLive(stream, env) && !env.NO_COLOR;
  const paint = (style: keyof Paints): Paint => (use ? (text) => styleText(style, text) : (text) => text);
  return {
    red: paint("red"),
    yellow: paint("yellow"),
    green: paint("green"),
    bold: paint("bold"),
    dim: paint("dim"),
  };
}
