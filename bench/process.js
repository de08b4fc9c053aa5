// Whole processes as a user starts them: wall time, processor time and peak resident memory, from the kernel's own accounts.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { python } from "./peers.js";

/**
 * Starts a command and waits for it. wait4 gives what the kernel counted: seconds of the processor over all threads, and the
 * largest resident size of the process or of one that it waited for. A small Python process starts it, because the largest
 * size that exec leaves standing is the starter's.
 */
const watcher = `
import json, os, sys, time
null = os.open(os.devnull, os.O_RDWR)
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)])
_, status, used = os.wait4(child, 0)
print(json.dumps({"seconds": time.perf_counter() - start, "status": os.waitstatus_to_exitcode(status), "cpuSeconds": used.ru_utime + used.ru_stime, "peakRssBytes": used.ru_maxrss * 1024}))
`;

/** Runs the command to its end; throws with what it wrote to stderr when it fails. */
export function measureProcess(command, { cwd } = {}) {
  const { stdout, stderr } = spawnSync(python(), ["-S", "-E", "-c", watcher, ...command], {
    cwd,
    encoding: "utf8",
  });
  const figures = stdout ? JSON.parse(stdout) : { status: "nothing" };
  if (figures.status !== 0) throw new Error(`${command.join(" ")} ended with ${figures.status}\n${stderr}`);
  return figures;
}

/** Runs a command quietly; throws with its last words when it fails. Gives its stdout. */
export function runToEnd([command, ...args], { cwd, env = {} } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${status ?? error}\n${stderr.slice(-4000)}`);
  return stdout;
}

/**
 * Runs several commands to their ends in slices of time: only one is running at any moment, the others are stopped. Gives
 * the seconds for which each ran.
 */
export async function runInSlices(commands, { slice = 20, onSlice = () => undefined } = {}) {
  const children = commands.map(([command, ...args]) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    const process = { child, seconds: 0, ended: false, said: "" };
    child.stderr.on("data", (chunk) => {
      process.said = (process.said + chunk).slice(-4000);
    });
    process.end = once(child, "exit").then(([code]) => {
      process.ended = true;
      process.code = code;
    });
    child.kill("SIGSTOP");
    return process;
  });
  try {
    for (let turn = 0; children.some(({ ended }) => !ended); turn++) {
      const order = turn % 2 === 0 ? children : [...children].reverse();
      for (const process of order) {
        if (process.ended) continue;
        const start = performance.now();
        process.child.kill("SIGCONT");
        let timer;
        await Promise.race([
          process.end,
          new Promise((resolve) => {
            timer = setTimeout(resolve, slice * 1000);
          }),
        ]);
        clearTimeout(timer);
        process.child.kill("SIGSTOP");
        process.seconds += (performance.now() - start) / 1000;
        if (process.ended && process.code !== 0)
          throw new Error(`${process.child.spawnargs.join(" ")} ended with ${process.code}\n${process.said}`);
        onSlice(children.map(({ seconds }) => seconds));
      }
    }
  } finally {
    for (const { child, ended } of children) if (!ended) child.kill("SIGKILL");
  }
  return children.map(({ seconds }) => seconds);
}
