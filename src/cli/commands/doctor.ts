// minnow doctor: what this machine has of what minnow needs.
import { defineCommand } from "../define.ts";

export const doctor = defineCommand({
  name: "doctor",
  describe: "check this machine: versions, engine, processor, memory, disk, folders",
  examples: ["doctor", "doctor --json > doctor.json"],
  positionals: {},
  flags: {},
  async run(_, { io }) {
    const { homedir, tmpdir } = await import("node:os");
    const { gatherFacts } = await import("../doctor/facts.ts");
    const { doctorOutcome } = await import("../doctor/rows.ts");
    const places = { cwd: io.cwd, env: io.env, home: homedir(), temporary: tmpdir() };
    return doctorOutcome(await gatherFacts(places));
  },
});
