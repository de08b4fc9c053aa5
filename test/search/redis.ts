// A Redis server of the test's own on a free port; none where the program is not installed.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** Whether there is a redis-server on the PATH. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** Why a test is skipped. */
export const noRedis = "redis-server is not installed";

export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(address)));
    });
  });

/** Starts a server that keeps nothing on the disk. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "minnow-redis-"));
  const words = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    folder,
  ];
  const child = spawn("redis-server", words, { stdio: ["ignore", "pipe", "inherit"] });
  await ready(child);
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  const said: string[] = [];
  child.stdout?.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  for (let tries = 0; tries < 200; tries++) {
    if (said.join("").includes("Ready to accept connections")) return;
    if (child.exitCode !== null) break;
    await setTimeout(50);
  }
  throw new Error(`redis-server did not start: ${said.join("")}`);
}
