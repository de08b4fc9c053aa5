// A process that times itself when it is asked to: `run N` on its stdin is answered by one line of JSON (bench/peers/README.md).
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Starts the command and waits until it says that it is ready; `run(count)` gives its answer, `quit()` ends it. */
export async function serve([command, ...args], { env = {} } = {}) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-4000);
  });
  const gone = new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) =>
      reject(new Error(`${command} ${args[0]} ended with ${signal ?? code}\n${said}`)),
    );
  });
  gone.catch(() => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await Promise.race([lines.next(), gone]);
    if (done) return gone;
    return value.startsWith("{") ? JSON.parse(value) : answer();
  };
  const ready = await answer();
  return {
    ready,
    run(count) {
      child.stdin.write(`run ${count}\n`);
      return answer();
    },
    async quit() {
      child.stdin.end("quit\n");
      await gone.catch(() => undefined);
    },
  };
}

/** Blocks of `count` runs in turns, A B, B A, A B ...; gives each peer's answers in order. */
export async function inTurns(peers, rounds, count) {
  const answers = peers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = peers.map((_, i) => i);
    if (round % 2 === 1) order.reverse();
    for (const i of order) answers[i].push(await peers[i].run(count));
  }
  return answers;
}
