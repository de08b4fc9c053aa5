// minnow completion: a script that lets a shell complete minnow's command lines.
import { defineCommand } from "../define.ts";

export const completion = defineCommand({
  name: "completion",
  describe: "print a script that completes minnow's command lines in a shell",
  examples: [
    "completion bash > ~/.local/share/bash-completion/completions/minnow",
    'completion zsh > "$fpath[1]/_minnow"',
    "completion fish > ~/.config/fish/completions/minnow.fish",
  ],
  positionals: { shell: { describe: "the shell that reads it", choices: ["bash", "zsh", "fish"] } },
  flags: {},
  async run({ shell }, { commands }) {
    const { scripts, wordsOf } = await import("../completion/index.ts");
    const script = scripts[shell](await wordsOf(commands));
    return { json: { schema: "minnow.completion/1", shell, script }, text: script };
  },
});
