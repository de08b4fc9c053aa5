// What the figures were measured on.
import { readFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { Machine } from "../record/index.ts";

/**
 * Flags of /proc/cpuinfo that decide speed and int8 arithmetic (without VNNI, u8 x s8 products may
 * saturate).
 */
const telling = [
  "avx2",
  "avx512f",
  "avx512_vnni",
  "avx_vnni",
  "avx512_bf16",
  "avx512_fp16",
  "amx_int8",
  "amx_bf16",
  "asimd",
  "asimddp",
  "i8mm",
  "bf16",
  "sve",
];

/** Facts about this machine, for the record; the CPU's flags are read on Linux only. */
export async function describeMachine(
  engine: { readonly name: string; readonly version: string },
  threads: number,
): Promise<Machine> {
  const flags = await readFile("/proc/cpuinfo", "utf8").then(flagsOf, () => new Set<string>());
  return {
    cpu: cpus()[0]?.model.trim() || arch(),
    cores: availableParallelism(),
    threads,
    memoryBytes: totalmem(),
    os: `${type()} ${release()} ${arch()}`,
    node: process.versions.node,
    engine: { name: engine.name, version: engine.version },
    instructions: telling.filter((name) => flags.has(name)),
  };
}

const flagsOf = (cpuinfo: string): ReadonlySet<string> =>
  new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));
