// Bytes of model files, as they are and compressed.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { fileError } from "../base/index.ts";
import type { Stage } from "../record/index.ts";

/**
 * Bytes of the files together (a model with its external data), and of each compressed by gzip at level 6.
 */
export async function measureFiles(
  paths: readonly string[],
): Promise<Pick<Stage["size"], "bytes" | "gzipBytes">> {
  let bytes = 0;
  let gzipBytes = 0;
  for (const path of paths) {
    try {
      bytes += (await stat(path)).size;
      gzipBytes += await gzipSize(path);
    } catch (cause) {
      throw fileError(cause, path, "its size cannot be measured");
    }
  }
  return { bytes, gzipBytes };
}

async function gzipSize(path: string): Promise<number> {
  let size = 0;
  const counter = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.byteLength;
      done();
    },
  });
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), createGzip({ level: 6 }), counter);
  return size;
}
