// Values of data as messages show them: short, on one line, quoted where they are not plain words.
import { type Json, printJson } from "../base/index.ts";

/** Characters of a value, and values of a list, that are shown. */
const [SHOWN, LISTED] = [60, 12];

/** A value as JSON, cut where it is long. */
export function shown(value: Json | undefined): string {
  const text = printJson(typeof value === "string" ? value.slice(0, SHOWN + 1) : (value ?? null));
  return text.length > SHOWN + 2 ? `${text.slice(0, SHOWN)}…` : text;
}

/** Names of columns or keys, quoted where they are not plain words; "none" where there are none. */
export function namesShown(names: readonly string[], most = LISTED): string {
  if (names.length === 0) return "none";
  const plain = (name: string): string => (/^[\w.-]{1,60}$/.test(name) ? name : shown(name));
  const more = names.length > most ? ` and ${names.length - most} more` : "";
  return `${names.slice(0, most).map(plain).join(", ")}${more}`;
}

/** A few values, and how many more there are. */
export function fewShown(values: readonly Json[], most = 5): string {
  const more = values.length > most ? ` and ${values.length - most} more` : "";
  return `${values.slice(0, most).map(shown).join(", ")}${more}`;
}
