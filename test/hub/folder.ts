// Temporary folders and raw safetensors bytes, for tests that need a file to be exactly so.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { AppError } from "../../src/base/index.ts";

/** A new folder with these files in it, removed when the test ends. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "minnow-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A safetensors file of any header text and any bytes; `length` overrides the true length of the header. */
export function rawSafetensors(header: unknown, data: Uint8Array | number = 0, length?: number): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header), "utf8");
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(length ?? json.byteLength));
  return Buffer.concat([prefix, json, typeof data === "number" ? Buffer.alloc(data) : data]);
}

/** The AppError of work that must fail, in the words that the user would read. */
export async function failure(
  work: () => unknown,
): Promise<{ readonly kind: string; readonly text: string }> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: error.kind, text: error.describe() };
  }
  throw new Error("nothing failed");
}
