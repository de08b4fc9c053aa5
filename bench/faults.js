// Makes one file-system call of minnow's fail: `node --import ./bench/faults.js bin/minnow.js ...` with MINNOW_FAULT="CALL:KIND".
// CALL counts the calls that change the disk, from 1; KIND is ENOSPC, EIO, short, or a signal that the process then gets. With MINNOW_FAULT=count the number is told at the end.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [at, kind] = (process.env.MINNOW_FAULT ?? "").split(":");
let calls = 0;

function failure(name) {
  return Object.assign(new Error(`${kind}: made to fail, ${name}`), { code: kind, errno: -5, syscall: name });
}

/** Whether this is the chosen call; where a signal was chosen, it comes now and the call is done as ever. */
function chosen() {
  if (++calls !== Number(at)) return false;
  if (!kind.startsWith("SIG")) return true;
  process.stderr.write(`sent ${kind}\n`);
  process.kill(process.pid, kind);
  return false;
}

/** Puts `broken` in the place of the chosen call. */
function wrap(name, broken) {
  const real = fs[name];
  fs[name] = (...args) => (chosen() ? broken(real, args) : real(...args));
}

for (const name of ["openSync", "mkdirSync", "renameSync", "closeSync"]) {
  // only a file that is opened for writing
  const real = fs[name];
  fs[name] = (...args) => {
    if (name === "openSync" && !/[wa]/.test(String(args[1] ?? "r"))) return real(...args);
    if (chosen() && kind !== "short") throw failure(name);
    return real(...args);
  };
}
wrap("writeSync", (real, [handle, bytes, from, length]) => {
  if (kind === "short") return real(handle, bytes, from, Math.max(1, length >> 1));
  throw failure("writeSync");
});
wrap("fsync", (real, [handle, done]) => (kind === "short" ? real(handle, done) : done(failure("fsync"))));
syncBuiltinESMExports();
if (at === "count") process.on("exit", () => fs.appendFileSync(process.env.MINNOW_FAULT_COUNT, `${calls}\n`));
