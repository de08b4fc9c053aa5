// Colour, where it may be used; it never carries meaning alone.

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
  const paint = (on: number, off: number): Paint =>
    use ? (text) => `\u001b[${on}m${text}\u001b[${off}m` : (text) => text;
  return {
    red: paint(31, 39),
    yellow: paint(33, 39),
    green: paint(32, 39),
    bold: paint(1, 22),
    dim: paint(2, 22),
  };
}
