// minnow verify: whether an output folder is what its lock file says, and whether it can be made again.
import { AppError } from "../../base/index.ts";
import type { VerifyResult } from "../../pipeline/index.ts";
import { defineCommand, runOptions } from "../define.ts";

export const verify = defineCommand({
  name: "verify",
  describe: "check a result against its minnow.lock.json; exit code 1 when something differs",
  examples: ["verify out/quickstart", "verify out/quickstart --rebuild"],
  positionals: { folder: { describe: "output folder of a recipe" } },
  flags: {
    rebuild: {
      type: "boolean",
      default: false,
      describe: "make it again beside it, and compare bit for bit",
    },
  },
  async run({ folder, rebuild }, context) {
    const { verifyFolder } = await context.pipeline();
    const result = await verifyFolder({ ...runOptions(context), folder, rebuild });
    const wrong = problems(result);
    return {
      json: { schema: "minnow.verify/1", ...result },
      text: verifyText(result),
      ...(wrong.length > 0 && { failure: new AppError("gate", wrong.join("; "), { path: folder }) }),
    };
  },
});

/** Other bits are no problem where they are to be expected, as long as the metrics agree. */
function problems({ inputs, outputs, rebuilt }: VerifyResult): readonly string[] {
  if (!rebuilt) return [...inputs, ...outputs];
  const { files, elsewhere, metrics } = rebuilt;
  const pairs = Object.values(metrics);
  const agree =
    pairs.length > 0 && pairs.every(({ then, now }) => now.low <= then.high && then.low <= now.high);
  return [...outputs, ...(elsewhere && agree ? [] : files.map((words) => `made again, ${words}`))];
}

/** How many of the files that are not here are named. */
const named = 5;

function absentText(absent: readonly string[]): string {
  const more = absent.length > named ? [`... and ${absent.length - named} more`] : [];
  return `not here, so not compared:\n${[...absent.slice(0, named), ...more].map((line) => `  ${line}\n`).join("")}`;
}

function verifyText({ folder, inputs, absent, outputs, rebuilt }: VerifyResult): string {
  const list = (title: string, lines: readonly string[], fine: string): string =>
    lines.length === 0 ? `${fine}\n` : `${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
  return [
    ...(absent.length > 0 ? [absentText(absent)] : []),
    ...(inputs.length > 0 || absent.length === 0
      ? [list("it was made from something else:", inputs, "what it was made from is the same")]
      : []),
    list("files that are not as they were written:", outputs, `every file of ${folder} is as it was written`),
    ...(rebuilt
      ? [
          list(
            "made again, these have other bits:",
            rebuilt.files,
            "made again, every model file has the same bits",
          ),
        ]
      : []),
    ...(rebuilt?.elsewhere
      ? ["other bits are to be expected: code, Node or processor are not those it was made with\n"]
      : []),
  ].join("");
}
