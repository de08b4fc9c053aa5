// Rows of .txt files: a text on each line, for steps that need no labels.
import { AppError } from "../base/index.ts";
import { blankNotes } from "./json-rows.ts";
import { pause } from "./pause.ts";
import type { Given, Row, Rows } from "./rows.ts";

/** A text on each line; AppError `input` where labels are needed, or where the lines look like more than texts. */
export async function readText({ text, file, labelled, signal }: Given): Promise<Rows> {
  if (labelled)
    throw new AppError("input", "a .txt file holds texts without labels, and labels are needed", {
      path: file,
      hint: "write a .csv or .tsv file with the columns text and label",
    });
  const rows: Row[] = [];
  const lines: number[] = [];
  const blanks: number[] = [];
  let [tabs, line] = [0, 0];
  for (const own of text.split("\n")) {
    line++;
    await pause(line, signal);
    if (own.startsWith("__label__")) throw looksLike(`${file}:${line}`, "fastText's format", "with columns");
    if (own.trim() === "") blanks.push(line);
    else {
      rows.push({ values: { text: own.endsWith("\r") ? own.slice(0, -1) : own } });
      lines.push(line);
      if (own.includes("\t")) tabs++;
    }
  }
  if (tabs === rows.length)
    throw looksLike(`${file}:${lines[0]}`, "a table divided by tabs", "under a header");
  const at = (row: number): number => lines[row] ?? 1;
  return { rows, columns: ["text"], line: at, notes: blankNotes(file, blanks.length, blanks[0]) };
}

const looksLike = (path: string, what: string, how: string): AppError =>
  new AppError("input", `it looks like ${what}, and .txt holds one text on each line`, {
    path,
    hint: `write it as .tsv ${how} text and label`,
  });
