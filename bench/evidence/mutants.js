// Methods that are wrong in one place: each is caught by what the method means.
import { table } from "../table.js";
import { tested } from "./vitest.js";

export function run() {
  const { told: mutants, wrong } = tested("test/methods/meaning/meaning.test.ts", "mutant");
  return { mutants, wrong };
}

export function text({ mutants, wrong }) {
  const rows = mutants.map(({ file, what, caught }) => [file, what, caught ?? "by nothing"]);
  const caught = mutants.filter((mutant) => mutant.caught !== undefined).length;
  const end = wrong.length === 0 ? "every one is" : "not all are";
  return `${table(["file", "what is wrong with it", "caught by"], rows)}\nmutants of methods: ${caught} of ${mutants.length} are caught: ${end}`;
}
